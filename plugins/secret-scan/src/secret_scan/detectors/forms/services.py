"""Payment, shops and the rest."""

from __future__ import annotations

from secret_scan.detectors.base import Form

NO_DASH = r"(?![\w-])"

FORMS = (
    # detect-secrets wants 24 characters; newer keys have 99.
    Form(
        "stripe-key",
        "Stripe Key",
        r"[rs]k_(?:live|test|prod)_[0-9A-Za-z]{24,120}",
        ("sk_live_", "rk_live_", "sk_test_", "rk_test_", "sk_prod_", "rk_prod_"),
    ),
    Form("stripe-webhook-secret", "Stripe Webhook Secret", r"whsec_[0-9A-Za-z+/]{32,64}=?", ("whsec_",)),
    Form(
        "square-token",
        "Square Access Token",
        r"(?:EAAA[0-9A-Za-z_-]{60}|sq0atp-[0-9A-Za-z_-]{22})",
        ("eaaa", "sq0atp-"),
        end=NO_DASH,
    ),
    Form(
        "square-oauth-secret", "Square OAuth Secret", r"sq0csp-[0-9A-Za-z_-]{43}", ("sq0csp-",), end=NO_DASH
    ),
    Form(
        "shopify-token",
        "Shopify Token",
        r"shp(?:at|ca|pa|ss|ua)_[0-9A-Fa-f]{32}",
        ("shpat_", "shpca_", "shppa_", "shpss_", "shpua_"),
    ),
    Form(
        "paypal-braintree-token",
        "PayPal Braintree Token",
        r"access_token\$production\$[0-9a-z]{16}\$[0-9a-f]{32}",
        ("access_token$production$",),
    ),
    Form(
        "plaid-token",
        "Plaid Access Token",
        r"access-(?:sandbox|development|production)-[0-9a-f]{8}-[0-9a-f-]{27}",
        ("access-sandbox-", "access-development-", "access-production-"),
    ),
    Form("facebook-token", "Facebook Access Token", r"EAA[0-9A-Za-z]{90,400}", ("eaa",)),
    Form("airtable-token", "Airtable Token", r"pat[0-9A-Za-z]{14}\.[0-9a-f]{64}", ("pat",)),
    Form(
        "notion-token",
        "Notion Token",
        r"(?:secret_[0-9A-Za-z]{43}|ntn_[0-9A-Za-z]{40,50})",
        ("secret_", "ntn_"),
    ),
    Form(
        "asana-token", "Asana Token", r"[012]/[0-9]{10,20}(?:/[0-9]{10,20})?:[0-9a-f]{32}", ("0/", "1/", "2/")
    ),
    Form("linear-key", "Linear API Key", r"lin_(?:api|oauth)_[0-9A-Za-z]{40,64}", ("lin_api_", "lin_oauth_")),
    Form("clickup-token", "ClickUp Token", r"pk_[0-9]{5,10}_[0-9A-Z]{32}", ("pk_",)),
    Form("postman-key", "Postman API Key", r"PMAK-[0-9a-f]{24}-[0-9a-f]{34}", ("pmak-",)),
    Form(
        "figma-token", "Figma Token", r"fig[dour]_[0-9A-Za-z_-]{40,60}", ("figd_", "figo_", "figu_", "figr_")
    ),
    Form("contentful-token", "Contentful Token", r"CFPAT-[0-9A-Za-z_-]{43}", ("cfpat-",), end=NO_DASH),
    Form(
        "mapbox-token", "Mapbox Secret Token", r"sk\.eyJ[0-9A-Za-z_-]{60,100}\.[0-9A-Za-z_-]{22}", ("sk.eyj",)
    ),
    Form(
        "hubspot-token",
        "HubSpot Token",
        r"pat-(?:na|eu|ap)[0-9]-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}"
        r"-[0-9a-f]{12}",
        ("pat-na", "pat-eu", "pat-ap"),
    ),
    Form(
        "rapidapi-key",
        "RapidAPI Key",
        r"[0-9a-z]{10}msh[0-9a-z]{15}p1[0-9a-z]{6}jsn[0-9a-z]{12}",
        ("msh",),
    ),
    # That of a mobile or a browser client is public.
    Form(
        "launchdarkly-key",
        "LaunchDarkly Key",
        r"(?:sdk|api)-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
        ("sdk-", "api-"),
        begin=r"(?<![\w-])",
        end=NO_DASH,
    ),
    Form(
        "twitter-bearer-token",
        "Twitter Bearer Token",
        r"A{20,24}[0-9A-Za-z]{4,60}%(?:2B|2F|3D)[0-9A-Za-z%]{20,120}",
        ("aaaaaaaaaaaaaaaaaaaa",),
    ),
    Form("netlify-token", "Netlify Token", r"nfp_[0-9A-Za-z]{36}", ("nfp_",)),
    Form("render-key", "Render API Key", r"rnd_[0-9A-Za-z]{28,32}", ("rnd_",)),
    Form("typeform-token", "Typeform Token", r"tfp_[0-9A-Za-z_.-]{40,60}", ("tfp_",)),
    Form("readme-key", "ReadMe API Key", r"rdme_[0-9a-z]{70}", ("rdme_",)),
    Form("easypost-key", "EasyPost API Key", r"EZ[AT]K[0-9A-Za-z]{54}", ("ezak", "eztk")),
    Form("shippo-token", "Shippo Token", r"shippo_(?:live|test)_[0-9a-f]{40}", ("shippo_",)),
    Form(
        "flutterwave-key",
        "Flutterwave Secret Key",
        r"FLWSECK(?:_TEST)?-[0-9a-hA-H]{12,32}(?:-X)?",
        ("flwseck",),
    ),
    Form("adobe-secret", "Adobe Client Secret", r"p8e-[0-9A-Za-z_-]{32}", ("p8e-",), end=NO_DASH),
    Form("dropbox-token", "Dropbox Token", r"sl\.u?\.?[0-9A-Za-z_-]{130,1300}", ("sl.",), end=NO_DASH),
    Form("apify-token", "Apify Token", r"apify_api_[0-9A-Za-z]{36}", ("apify_api_",)),
    Form("frameio-token", "Frame.io Token", r"fio-u-[0-9A-Za-z_=-]{64}", ("fio-u-",)),
    Form("duffel-token", "Duffel Token", r"duffel_(?:test|live)_[0-9A-Za-z_=-]{43}", ("duffel_",)),
    Form(
        "zapier-webhook",
        "Zapier Webhook",
        r"hooks\.zapier\.com/hooks/catch/[0-9]{4,12}/[0-9a-z]{6,12}",
        ("hooks.zapier.com/",),
        begin="",
    ),
    # In dumps of databases, wherever they are.
    Form(
        "sql-password",
        "Password in SQL",
        r"IDENTIFIED BY (?:PASSWORD )?'[^'\s]{6,200}'",
        ("identified by",),
        begin=r"(?<!\w)",
        end="",
    ),
    Form(
        "sql-password",
        "Password in SQL",
        r"(?:CREATE|ALTER|create|alter) (?:ROLE|USER|role|user) [!-~]{1,80} (?:WITH |with )?[A-Za-z ]{0,60}"
        r"(?:PASSWORD|password) '[^'\s]{6,200}'",
        ("password",),
        begin=r"(?<!\w)",
        end="",
    ),
)
