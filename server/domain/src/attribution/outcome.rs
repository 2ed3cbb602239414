//! From claims that won and lost to the answer that is stored and shown, with a reason for
//! everybody who was considered.

use crate::{ids::ClickId, reason::Reason};

use super::{
    Candidate, ClickModel, Credit, Decision, Disqualified, Method, Share,
    claim::{Case, Claim},
};

/// A claim that did not win.
#[derive(Debug)]
pub(super) struct Loser {
    pub(super) claim: Claim,
    /// Why it could not have won; none where another claim was better.
    pub(super) flaw: Option<Reason>,
}

/// Credits the winners, unless the buyer is one of them: a buyer's part goes to nobody.
pub(super) fn of_claims(case: &Case<'_>, winners: Vec<Claim>, losers: &[Loser]) -> Decision {
    let mut decision =
        Decision { candidates: candidates(case, &winners, losers), ..Decision::default() };
    let of = u32::try_from(winners.len()).unwrap_or(u32::MAX);
    for (index, claim) in (0..of).zip(winners) {
        let click = case.click_of(&claim);
        if case.is_self_referral(claim.affiliate) {
            decision.disqualified = Some(disqualified(claim, click, Reason::SelfReferral));
        } else {
            decision.credits.push(Credit {
                affiliate: claim.affiliate,
                method: claim.method,
                click,
                coupon: claim.coupon,
                share: Share { index, of },
            });
        }
    }
    if !decision.credits.is_empty() {
        return decision;
    }
    if decision.disqualified.is_none() {
        let inactive = losers.iter().find(|loser| loser.flaw == Some(Reason::AffiliateInactive));
        decision.disqualified = inactive.map(|Loser { claim, .. }| {
            disqualified(claim.clone(), case.click_of(claim), Reason::AffiliateInactive)
        });
    }
    decision.reason = Some(match &decision.disqualified {
        Some(disqualified) => disqualified.reason.clone(),
        None if losers.is_empty() => Reason::NoAffiliate,
        None => Reason::OutsideWindow,
    });
    decision
}

fn disqualified(claim: Claim, click: Option<ClickId>, reason: Reason) -> Disqualified {
    let Claim { affiliate, method, coupon, .. } = claim;
    Disqualified { affiliate, method, click, coupon, reason }
}

/// Everybody who lost, in the order asked; further claims of a winner are no losses.
fn candidates(case: &Case<'_>, winners: &[Claim], losers: &[Loser]) -> Vec<Candidate> {
    let has_won = |claim: &Claim| winners.iter().any(|won| won.affiliate == claim.affiliate);
    losers
        .iter()
        .filter(|loser| !has_won(&loser.claim))
        .map(|Loser { claim, flaw }| Candidate {
            affiliate: claim.affiliate,
            method: claim.method,
            click: claim.touch.map(|touch| touch.click),
            coupon: claim.coupon.clone(),
            lost: match (flaw, winners.first()) {
                (None, Some(winner)) => lost_to(case, winner.method, claim.method).to_owned(),
                (Some(flaw), _) => flaw.to_string(),
                // A claim without a flaw wins when nobody has won yet.
                (None, None) => Reason::NoAffiliate.to_string(),
            },
        })
        .collect()
}

const fn lost_to(case: &Case<'_>, winner: Method, loser: Method) -> &'static str {
    match (winner, loser) {
        (Method::Coupon, Method::Coupon) => "another code came first",
        (Method::Product, Method::Product) => "another product came first",
        (Method::Link, Method::Link) => match case.settings.click_model {
            ClickModel::LastClick => "a later click won",
            ClickModel::FirstClick | ClickModel::Linear => "an earlier click won",
        },
        (method, _) => method.superseded(),
    }
}
