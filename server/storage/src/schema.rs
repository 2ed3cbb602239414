//! The tables, once for both databases (`tests/it/schema_parity.rs` compares them with the migrations).
//! Only four SQL types occur, so that every value can be bound by `sql::Value`.

diesel::table! {
    shops (id) {
        id -> BigInt,
        domain -> Text,
        shopify_shop_id -> Nullable<BigInt>,
        name -> Text,
        currency -> Nullable<Text>,
        timezone -> Text,
        settings -> Text,
        revision -> BigInt,
        is_demo -> Bool,
        installed_at -> BigInt,
        uninstalled_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    programs (id) {
        id -> BigInt,
        shop_id -> BigInt,
        number -> BigInt,
        name -> Text,
        created_at -> BigInt,
    }
}

diesel::table! {
    program_versions (program_id, version) {
        program_id -> BigInt,
        version -> BigInt,
        shop_id -> BigInt,
        effective_from -> BigInt,
        rules -> Text,
    }
}

diesel::table! {
    affiliates (id) {
        id -> BigInt,
        shop_id -> BigInt,
        program_id -> BigInt,
        number -> BigInt,
        name -> Text,
        email -> Text,
        email_fingerprint -> Text,
        code -> Text,
        code_folded -> Text,
        status -> Text,
        shopify_customer_id -> Nullable<BigInt>,
        upline_id -> Nullable<BigInt>,
        payout_currency -> Nullable<Text>,
        payout_rate -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    coupons (shop_id, code_folded) {
        shop_id -> BigInt,
        code_folded -> Text,
        code -> Text,
        affiliate_id -> BigInt,
    }
}

diesel::table! {
    product_bindings (shop_id, product_id) {
        shop_id -> BigInt,
        product_id -> BigInt,
        affiliate_id -> BigInt,
    }
}

diesel::table! {
    customer_bindings (shop_id, customer_id) {
        shop_id -> BigInt,
        customer_id -> BigInt,
        affiliate_id -> BigInt,
        bound_at -> BigInt,
    }
}

diesel::table! {
    clicks (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        visitor -> Text,
        clicked_at -> BigInt,
        entry_url -> Text,
        link_params -> Text,
        is_params_cut -> Bool,
        referrer -> Nullable<Text>,
        ip_truncated -> Nullable<Text>,
        report_id -> Nullable<Text>,
        consent -> Nullable<BigInt>,
        user_agent -> Nullable<Text>,
    }
}

diesel::table! {
    deliveries (id) {
        id -> BigInt,
        shop_id -> BigInt,
        webhook_id -> Text,
        event_id -> Nullable<Text>,
        topic -> Text,
        api_version -> Nullable<Text>,
        triggered_at -> BigInt,
        received_at -> BigInt,
        state -> Text,
        attempts -> BigInt,
        run_at -> BigInt,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    delivery_bodies (delivery_id) {
        delivery_id -> BigInt,
        body -> Binary,
    }
}

diesel::table! {
    orders (id) {
        id -> BigInt,
        shop_id -> BigInt,
        shopify_order_id -> BigInt,
        name -> Text,
        ordered_at -> BigInt,
        customer_id -> Nullable<BigInt>,
        currency -> Text,
        total_minor -> BigInt,
        state -> Text,
        decision -> Nullable<Text>,
        reason -> Nullable<Text>,
        is_charge -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    conversions (id) {
        id -> BigInt,
        shop_id -> BigInt,
        order_id -> BigInt,
        affiliate_id -> BigInt,
        level -> BigInt,
        source_id -> BigInt,
        program_id -> BigInt,
        program_version -> BigInt,
        click_id -> Nullable<BigInt>,
        method -> Text,
        share_index -> BigInt,
        status -> Text,
        reason -> Nullable<Text>,
        currency -> Text,
        sales_minor -> BigInt,
        commission_minor -> BigInt,
        first_commission_minor -> BigInt,
        payout_currency -> Text,
        payout_rate -> Nullable<Text>,
        payout_minor -> BigInt,
        explanation -> Text,
        memory -> Text,
        ordered_at -> BigInt,
        approve_at -> Nullable<BigInt>,
        approved_at -> Nullable<BigInt>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    ledger_entries (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        conversion_id -> Nullable<BigInt>,
        at -> BigInt,
        kind -> Text,
        reason -> Nullable<Text>,
        currency -> Text,
        amount_minor -> BigInt,
        payout_currency -> Text,
        payout_amount_minor -> BigInt,
        conversion_version -> Nullable<BigInt>,
        seq -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    ledger_heads (shop_id) {
        shop_id -> BigInt,
        entries -> BigInt,
        hash -> Binary,
        day -> BigInt,
    }
}

diesel::table! {
    ledger_daily_heads (shop_id, day) {
        shop_id -> BigInt,
        day -> BigInt,
        entries -> BigInt,
        hash -> Binary,
    }
}

diesel::table! {
    manual_entries (entry_id) {
        entry_id -> BigInt,
        shop_id -> BigInt,
        order_id -> Nullable<BigInt>,
        author -> Text,
        note -> Text,
        request -> Text,
    }
}

diesel::table! {
    period_sales (affiliate_id, program_id, scope, starts_at) {
        affiliate_id -> BigInt,
        program_id -> BigInt,
        scope -> Text,
        starts_at -> BigInt,
        shop_id -> BigInt,
        sales_minor -> BigInt,
        peak_minor -> BigInt,
    }
}

diesel::table! {
    bonus_grants (affiliate_id, program_id, scope, starts_at, position) {
        affiliate_id -> BigInt,
        program_id -> BigInt,
        scope -> Text,
        starts_at -> BigInt,
        position -> BigInt,
        shop_id -> BigInt,
        amount_minor -> BigInt,
        payout_currency -> Text,
        payout_minor -> BigInt,
    }
}

diesel::table! {
    balances (affiliate_id, currency) {
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        currency -> Text,
        pending_minor -> BigInt,
        payable_minor -> BigInt,
        paid_minor -> BigInt,
    }
}

diesel::table! {
    daily_stats (affiliate_id, day, currency) {
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        day -> BigInt,
        currency -> Text,
        clicks -> BigInt,
        conversions -> BigInt,
        sales_minor -> BigInt,
        commission_minor -> BigInt,
    }
}

diesel::table! {
    postbacks (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> Nullable<BigInt>,
        name -> Text,
        settings -> Text,
        credentials -> Nullable<Binary>,
        author -> Text,
        approved_url -> Nullable<Text>,
        paused_at -> Nullable<BigInt>,
        pause_reason -> Nullable<Text>,
        backlog_since -> Nullable<BigInt>,
        failures_in_row -> BigInt,
        failing_since -> Nullable<BigInt>,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    firings (id) {
        id -> BigInt,
        shop_id -> BigInt,
        postback_id -> BigInt,
        affiliate_id -> Nullable<BigInt>,
        program_id -> Nullable<BigInt>,
        conversion_id -> Nullable<BigInt>,
        click_id -> Nullable<BigInt>,
        event_key -> Text,
        event -> Text,
        status -> Nullable<Text>,
        transaction_id -> Nullable<Text>,
        record -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        run_at -> BigInt,
        attempts -> BigInt,
        last_status_code -> Nullable<BigInt>,
        is_replay -> Bool,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    attempts (id) {
        id -> BigInt,
        shop_id -> BigInt,
        firing_id -> BigInt,
        number -> BigInt,
        at -> BigInt,
        latency_ms -> BigInt,
        method -> Text,
        template -> Text,
        url -> Text,
        headers -> Text,
        body -> Nullable<Text>,
        status_code -> Nullable<BigInt>,
        outcome -> Text,
        error -> Nullable<Text>,
        response -> Nullable<Text>,
        flags -> Nullable<Text>,
        next_try_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    signing_secrets (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> Nullable<BigInt>,
        secret -> Binary,
        created_at -> BigInt,
    }
}

diesel::table! {
    notices (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> Nullable<BigInt>,
        at -> BigInt,
        kind -> Text,
        words -> Text,
    }
}

diesel::table! {
    shop_contacts (shop_id) {
        shop_id -> BigInt,
        known_to_shopify -> Nullable<Text>,
        chosen -> Nullable<Text>,
    }
}

diesel::table! {
    portal_sessions (token_hash) {
        token_hash -> Text,
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    login_failures (account) {
        account -> Text,
        failures -> BigInt,
        last_at -> BigInt,
    }
}

diesel::table! {
    installations (shop_id) {
        shop_id -> BigInt,
        token -> Nullable<Binary>,
        scopes -> Text,
        token_expires_at -> Nullable<BigInt>,
        refresh_expires_at -> Nullable<BigInt>,
        generation -> BigInt,
        is_connected -> Bool,
        renewing_until -> Nullable<BigInt>,
        seen_at -> BigInt,
        pixel_id -> Nullable<Text>,
        pixel_problem -> Nullable<Text>,
        embed_state -> Nullable<Text>,
        embed_seen_at -> Nullable<BigInt>,
        reconciled_until -> Nullable<BigInt>,
    }
}

diesel::table! {
    shopify_tasks (id) {
        id -> BigInt,
        shop_id -> BigInt,
        kind -> Text,
        subject -> Text,
        state -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        error -> Nullable<Text>,
        created_at -> BigInt,
        held_by -> Nullable<BigInt>,
        held_until -> Nullable<BigInt>,
        is_asked_again -> Bool,
    }
}

diesel::table! {
    reconciliations (id) {
        id -> BigInt,
        shop_id -> BigInt,
        started_at -> BigInt,
        finished_at -> Nullable<BigInt>,
        since -> BigInt,
        checked -> BigInt,
        missing -> BigInt,
        stale -> BigInt,
        drift -> Text,
        error -> Nullable<Text>,
    }
}

diesel::table! {
    data_requests (id) {
        id -> BigInt,
        shop_id -> BigInt,
        shopify_request_id -> BigInt,
        customer_id -> Nullable<BigInt>,
        email_fingerprint -> Nullable<Text>,
        order_ids -> Text,
        received_at -> BigInt,
        downloaded_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    product_collections (shop_id, product_id) {
        shop_id -> BigInt,
        product_id -> BigInt,
        collection_ids -> Text,
        fetched_at -> BigInt,
    }
}

diesel::table! {
    store_credits (id) {
        id -> BigInt,
        shop_id -> BigInt,
        purpose -> Text,
        customer_id -> BigInt,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        transaction_gid -> Nullable<Text>,
        error -> Nullable<Text>,
        intended_at -> BigInt,
    }
}

diesel::table! {
    pixels (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        number -> Text,
        choice -> Text,
        access_token -> Nullable<Binary>,
        test_code -> Nullable<Text>,
        is_enabled -> Bool,
        approval -> Text,
        created_at -> BigInt,
        updated_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    browser_signals (shop_id, subject) {
        shop_id -> BigInt,
        subject -> Text,
        consent -> BigInt,
        user_agent -> Nullable<Text>,
        fbp -> Nullable<Text>,
        fbc -> Nullable<Text>,
        at -> BigInt,
    }
}

diesel::table! {
    pixel_events (id) {
        id -> BigInt,
        shop_id -> BigInt,
        pixel_id -> BigInt,
        affiliate_id -> BigInt,
        conversion_id -> Nullable<BigInt>,
        event_id -> Text,
        name -> Text,
        order_subject -> Text,
        visitor_subject -> Nullable<Text>,
        details -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        run_at -> BigInt,
        attempts -> BigInt,
        last_status_code -> Nullable<BigInt>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    pixel_attempts (id) {
        id -> BigInt,
        shop_id -> BigInt,
        event_id -> BigInt,
        number -> BigInt,
        at -> BigInt,
        latency_ms -> BigInt,
        url -> Text,
        body -> Nullable<Text>,
        status_code -> Nullable<BigInt>,
        outcome -> Text,
        error -> Nullable<Text>,
        response -> Nullable<Text>,
        next_try_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    visit_counts (affiliate_id, day) {
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        day -> BigInt,
        bots -> BigInt,
        without_consent -> BigInt,
    }
}

diesel::table! {
    code_days (shop_id, day, code_folded, affiliate_id) {
        shop_id -> BigInt,
        day -> BigInt,
        code_folded -> Text,
        affiliate_id -> BigInt,
        orders -> BigInt,
        without_click -> BigInt,
        from_coupon_sites -> BigInt,
        last_moment -> BigInt,
    }
}

diesel::table! {
    creatives (id) {
        id -> BigInt,
        shop_id -> BigInt,
        program_id -> Nullable<BigInt>,
        name -> Text,
        width -> BigInt,
        height -> BigInt,
        target_path -> Text,
        image_url -> Nullable<Text>,
        created_at -> BigInt,
        deleted_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    creative_images (creative_id) {
        creative_id -> BigInt,
        media_type -> Text,
        body -> Binary,
    }
}

diesel::table! {
    impressions_seen (day, creative_id, affiliate_id, viewer) {
        day -> BigInt,
        creative_id -> BigInt,
        affiliate_id -> BigInt,
        viewer -> Text,
    }
}

diesel::table! {
    creative_stats (creative_id, affiliate_id, day) {
        shop_id -> BigInt,
        creative_id -> BigInt,
        affiliate_id -> BigInt,
        day -> BigInt,
        impressions -> BigInt,
        clicks -> BigInt,
    }
}

diesel::table! {
    goals (id) {
        id -> BigInt,
        shop_id -> BigInt,
        slug -> Text,
        name -> Text,
        kind -> Text,
        product_id -> Nullable<BigInt>,
        commission_minor -> BigInt,
        is_enabled -> Bool,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    goal_conversions (id) {
        id -> BigInt,
        shop_id -> BigInt,
        goal_id -> BigInt,
        affiliate_id -> BigInt,
        program_id -> BigInt,
        click_id -> Nullable<BigInt>,
        subject -> Text,
        status -> Text,
        commission_minor -> BigInt,
        currency -> Text,
        at -> BigInt,
    }
}

diesel::table! {
    affiliate_profiles (affiliate_id) {
        affiliate_id -> BigInt,
        shop_id -> BigInt,
        payout_method -> Nullable<Text>,
        payout_address -> Text,
        notes -> Text,
        tags -> Text,
        introduction -> Text,
        disclosed_at -> Nullable<BigInt>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    program_signups (program_id) {
        program_id -> BigInt,
        shop_id -> BigInt,
        is_open -> Bool,
        approves_at_once -> Bool,
        welcome -> Text,
        terms -> Text,
    }
}

diesel::table! {
    password_links (token_hash) {
        token_hash -> Text,
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        created_at -> BigInt,
        expires_at -> BigInt,
    }
}

diesel::table! {
    mail_outbox (id) {
        id -> BigInt,
        shop_id -> BigInt,
        affiliate_id -> Nullable<BigInt>,
        kind -> Text,
        recipient -> Text,
        subject -> Text,
        body -> Binary,
        state -> Text,
        attempts -> BigInt,
        run_at -> BigInt,
        error -> Nullable<Text>,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    activity (id) {
        id -> BigInt,
        shop_id -> BigInt,
        at -> BigInt,
        actor -> Text,
        subject -> Text,
        subject_id -> BigInt,
        words -> Text,
    }
}

diesel::table! {
    payout_batches (id) {
        id -> BigInt,
        shop_id -> BigInt,
        number -> BigInt,
        method -> Text,
        note -> Text,
        state -> Text,
        created_at -> BigInt,
        locked_at -> Nullable<BigInt>,
        sent_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    payouts (id) {
        id -> BigInt,
        shop_id -> BigInt,
        batch_id -> BigInt,
        affiliate_id -> BigInt,
        method -> Text,
        recipient_name -> Text,
        recipient_address -> Text,
        currency -> Text,
        amount_minor -> BigInt,
        payout_currency -> Text,
        payout_amount_minor -> BigInt,
        idempotency_key -> Text,
        state -> Text,
        reason -> Nullable<Text>,
        reference -> Nullable<Text>,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

diesel::table! {
    payout_entries (entry_id) {
        entry_id -> BigInt,
        payout_id -> BigInt,
        shop_id -> BigInt,
    }
}

diesel::table! {
    payout_templates (shop_id, method, currency) {
        shop_id -> BigInt,
        method -> Text,
        currency -> Text,
        header -> Text,
        uploaded_at -> BigInt,
    }
}

diesel::table! {
    shop_plans (shop_id) {
        shop_id -> BigInt,
        name -> Nullable<Text>,
        status -> Text,
        is_development -> Bool,
        period_ends_at -> Nullable<BigInt>,
        usage_line -> Nullable<Text>,
        usage_currency -> Nullable<Text>,
        used_minor -> BigInt,
        cap_minor -> BigInt,
        usage_from_day -> Nullable<BigInt>,
        usage_problem -> Nullable<Text>,
        asked_at -> BigInt,
    }
}

diesel::table! {
    usage_charges (id) {
        id -> BigInt,
        shop_id -> BigInt,
        usage_line -> Text,
        day -> BigInt,
        currency -> Text,
        amount_minor -> BigInt,
        state -> Text,
        record_gid -> Nullable<Text>,
        error -> Nullable<Text>,
        intended_at -> BigInt,
    }
}

diesel::table! {
    program_discounts (program_id) {
        program_id -> BigInt,
        shop_id -> BigInt,
        percent_bps -> Nullable<BigInt>,
        amount_minor -> Nullable<BigInt>,
        once_per_customer -> Bool,
        is_automatic -> Bool,
        title -> Text,
        discount_gid -> Nullable<Text>,
        state -> Text,
        error -> Nullable<Text>,
        updated_at -> BigInt,
    }
}

diesel::table! {
    shop_codes (shop_id, code_folded) {
        shop_id -> BigInt,
        code_folded -> Text,
        code -> Text,
        affiliate_id -> BigInt,
        program_id -> BigInt,
        state -> Text,
        error -> Nullable<Text>,
        created_at -> BigInt,
    }
}

diesel::table! {
    order_facts (shop_id, shopify_order_id) {
        shop_id -> BigInt,
        shopify_order_id -> BigInt,
        collections -> Text,
        is_returning -> Nullable<Bool>,
        looked_up_at -> BigInt,
    }
}

diesel::table! {
    jobs (id) {
        id -> BigInt,
        shop_id -> BigInt,
        kind -> Text,
        input -> Text,
        state -> Text,
        run_at -> BigInt,
        attempts -> BigInt,
        place -> Nullable<Text>,
        done -> BigInt,
        total -> Nullable<BigInt>,
        pieces -> BigInt,
        result -> Nullable<Text>,
        error -> Nullable<Text>,
        author -> Text,
        created_at -> BigInt,
        finished_at -> Nullable<BigInt>,
    }
}

diesel::table! {
    job_pieces (job_id, place) {
        job_id -> BigInt,
        place -> BigInt,
        shop_id -> BigInt,
        content -> Binary,
    }
}

diesel::table! {
    payout_releases (affiliate_id) {
        affiliate_id -> BigInt,
        shop_id -> BigInt,
        refunded -> BigInt,
        released_at -> BigInt,
    }
}

diesel::table! {
    letters (shop_id, kind) {
        shop_id -> BigInt,
        kind -> Text,
        subject -> Nullable<Text>,
        body -> Nullable<Text>,
        is_on -> Bool,
    }
}

diesel::table! {
    letter_choices (affiliate_id, kind) {
        affiliate_id -> BigInt,
        kind -> Text,
        shop_id -> BigInt,
        is_wanted -> Bool,
        told_until -> BigInt,
    }
}

diesel::table! {
    link_names (shop_id, affiliate_id, name) {
        shop_id -> BigInt,
        affiliate_id -> BigInt,
        name -> Text,
        first_day -> BigInt,
        last_day -> BigInt,
    }
}

diesel::table! {
    click_readers (reader) {
        reader -> Text,
        last_click_id -> BigInt,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    shops,
    programs,
    program_versions,
    affiliates,
    coupons,
    product_bindings,
    customer_bindings,
    clicks,
    deliveries,
    delivery_bodies,
    orders,
    conversions,
    ledger_entries,
    manual_entries,
    balances,
    daily_stats,
    code_days,
    postbacks,
    firings,
    attempts,
    signing_secrets,
    notices,
    shop_contacts,
    portal_sessions,
    login_failures,
    installations,
    shopify_tasks,
    reconciliations,
    data_requests,
    product_collections,
    store_credits,
    shop_plans,
    usage_charges,
    program_discounts,
    shop_codes,
    order_facts,
    pixels,
    browser_signals,
    pixel_events,
    pixel_attempts,
    visit_counts,
    creatives,
    creative_images,
    impressions_seen,
    creative_stats,
    goals,
    goal_conversions,
    affiliate_profiles,
    program_signups,
    password_links,
    mail_outbox,
    activity,
    payout_batches,
    payouts,
    payout_entries,
    payout_templates,
    jobs,
    job_pieces,
    letters,
    letter_choices,
    payout_releases,
    link_names,
    click_readers,
);
