#!/bin/sh
# Runs Tributary on a development store: docs/development-store.md walks through it.
#
#   docs/development-store.sh CLIENT_ID https://public.address.example
#
# Writes shopify.app.development.toml and development.env, puts the package files that Shopify's tool looks
# for beside the manifest (all ignored by git), and does nothing else. It may be called again: a key that is
# there stays.
set -eu

fail() { printf '%s\n' "$1" >&2; exit 1; }

[ $# -eq 2 ] || fail "usage: $0 CLIENT_ID https://public.address.example"
client_id=$1
app_url=${2%/}
case $client_id in
    *[!0-9a-zA-Z]* | '') fail "The client id is letters and digits; it stands in the Dev Dashboard under Settings." ;;
esac
case $app_url in
    *[!0-9a-zA-Z.:/-]*) fail "The address may hold no path, query or blank." ;;
    https://*/*) fail "The address may hold no path, query or blank." ;;
    https://?*.?*) ;;
    *) fail "The address has to start with https://: Shopify shows no other in its frame." ;;
esac

folder=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
manifest=$folder/shopify.app.development.toml
environment=$folder/development.env

sed -e "s|^client_id = .*|client_id = \"$client_id\"|" -e "s|https://app\.example\.com|$app_url|g" \
    "$folder/shopify.app.toml" > "$manifest"

cp "$folder/extensions/package.json" "$folder/extensions/package-lock.json" "$folder"

if [ ! -e "$environment" ]; then
    # 32 bytes; lost, every secret in the database is lost with it.
    key=$(head -c 32 /dev/urandom | base64)
    (
        umask 077
        cat > "$environment" <<END
DATABASE_URL=sqlite://development.sqlite
SHOPIFY_API_KEY=$client_id
SHOPIFY_API_SECRET=
SHOPIFY_APP_URL=$app_url
ENCRYPTION_KEY=$key
END
    )
else
    # Another tunnel, another address; the secret and the key stay.
    kept=$(grep -v -e '^SHOPIFY_API_KEY=' -e '^SHOPIFY_APP_URL=' "$environment")
    printf '%s\nSHOPIFY_API_KEY=%s\nSHOPIFY_APP_URL=%s\n' "$kept" "$client_id" "$app_url" > "$environment"
fi

printf '%s\n' "Written: $manifest" "Written: $environment"
grep -q '^SHOPIFY_API_SECRET=.' "$environment" ||
    printf '%s\n' "Now put the client secret behind SHOPIFY_API_SECRET= in development.env."
printf '%s\n' "Then: npm install && shopify app deploy --config development" \
    "and:  set -a; . ./development.env; set +a; cargo run --release -p tributary -- serve"
