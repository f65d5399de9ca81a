"""Models, experiments and data platforms."""

from __future__ import annotations

from secret_scan.detectors import checksums
from secret_scan.detectors.base import Form

NO_DASH = r"(?![\w-])"

FORMS = (
    # Personal access tokens (`dapi`), `dkea` tokens and OAuth secrets of service principals (`dose`).
    Form(
        "databricks-token",
        "Databricks Token",
        r"(?:dapi|dkea|dose)[0-9a-f]{32}(?:-[0-9]{1,3})?",
        ("dapi", "dkea", "dose"),
        end=NO_DASH,
    ),
    Form("huggingface-token", "Hugging Face Token", r"hf_[0-9A-Za-z]{34,40}", ("hf_",)),
    Form(
        "huggingface-organization-token",
        "Hugging Face Organization Token",
        r"api_org_[A-Za-z]{34}",
        ("api_org_",),
    ),
    # Every one but the very old has this mark; the lengths around it have changed (detect-secrets wants 20).
    Form(
        "openai-key",
        "OpenAI API Key",
        r"sk-(?:(?:proj|svcacct|admin|None)-)?[0-9A-Za-z_-]{20,100}T3BlbkFJ[0-9A-Za-z_-]{20,100}",
        ("t3blbkfj",),
    ),
    Form(
        "openai-project-key",
        "OpenAI API Key",
        r"sk-(?:proj|svcacct|admin)-[0-9A-Za-z_-]{40,220}",
        ("sk-proj-", "sk-svcacct-", "sk-admin-"),
    ),
    Form(
        "anthropic-key",
        "Anthropic API Key",
        r"sk-ant-(?:api|admin|oat|ort|sid)[0-9]{2}-[0-9A-Za-z_-]{80,120}",
        ("sk-ant-",),
    ),
    Form("openrouter-key", "OpenRouter API Key", r"sk-or-v1-[0-9a-f]{64}", ("sk-or-v1-",)),
    Form("deepseek-key", "DeepSeek API Key", r"sk-[0-9a-f]{32}", ("sk-",), end=NO_DASH),
    # Stability's, old ones of OpenAI's, and of many who speak its protocol.
    Form(
        "sk-key",
        "API Key (sk-…)",
        r"sk-[0-9A-Za-z]{32,64}",
        ("sk-",),
        check=checksums.mixed,
        strict=True,
        begin=r"(?<![\w-])",
        end=NO_DASH,
    ),
    Form("elevenlabs-key", "ElevenLabs API Key", r"sk_[0-9a-f]{48}", ("sk_",)),
    Form(
        "voyage-key",
        "Voyage AI API Key",
        r"pa-[0-9A-Za-z_-]{43}",
        ("pa-",),
        check=checksums.mixed,
        strict=True,
        begin=r"(?<![\w-])",
        end=NO_DASH,
    ),
    Form("jina-key", "Jina AI API Key", r"jina_[0-9a-f]{32}[0-9A-Za-z_-]{28}", ("jina_",), end=NO_DASH),
    Form(
        "firecrawl-key", "Firecrawl API Key", r"fc-[0-9a-f]{32}", ("fc-",), begin=r"(?<![\w-])", end=NO_DASH
    ),
    Form("dbt-token", "dbt Cloud Token", r"dbt[cu]_[0-9A-Za-z_-]{36,60}", ("dbtc_", "dbtu_"), end=NO_DASH),
    Form("groq-key", "Groq API Key", r"gsk_[0-9A-Za-z]{52}", ("gsk_",)),
    Form("replicate-token", "Replicate Token", r"r8_[0-9A-Za-z]{37}", ("r8_",)),
    Form("xai-key", "xAI API Key", r"xai-[0-9A-Za-z]{80}", ("xai-",)),
    Form("perplexity-key", "Perplexity API Key", r"pplx-[0-9A-Za-z]{48,56}", ("pplx-",)),
    Form("cerebras-key", "Cerebras API Key", r"csk-[0-9a-z]{48}", ("csk-",)),
    Form("fireworks-key", "Fireworks API Key", r"fw_[0-9A-Za-z]{22,24}", ("fw_",)),
    Form("nvidia-key", "NVIDIA API Key", r"nvapi-[0-9A-Za-z_-]{60,70}", ("nvapi-",)),
    Form("together-key", "Together AI API Key", r"tgp_v1_[0-9A-Za-z_-]{43}", ("tgp_v1_",)),
    Form("tavily-key", "Tavily API Key", r"tvly-(?:dev-|prod-)?[0-9A-Za-z]{32}", ("tvly-",)),
    Form("langsmith-key", "LangSmith API Key", r"lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}", ("lsv2_",)),
    Form(
        "langfuse-key",
        "Langfuse Secret Key",
        r"sk-lf-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        ("sk-lf-",),
    ),
    Form("pinecone-key", "Pinecone API Key", r"pcsk_[0-9A-Za-z]{4,6}_[0-9A-Za-z]{50,70}", ("pcsk_",)),
    # Two parts with an underscore between them, of lengths that are not documented.
    Form("wandb-key", "Weights & Biases API Key", r"wandb_v1_[0-9A-Za-z_]{60,100}", ("wandb_v1_",)),
    Form("prefect-key", "Prefect API Key", r"pn[ub]_[0-9A-Za-z]{36}", ("pnu_", "pnb_")),
    Form("kaggle-token", "Kaggle Token", r"KGAT_[0-9a-f]{32}", ("kgat_",)),
    Form(
        "modal-token",
        "Modal Token Secret",
        r"as-[0-9A-Za-z]{22}",
        ("as-",),
        check=checksums.mixed,
        strict=True,
        end=NO_DASH,
    ),
    Form("runpod-key", "RunPod API Key", r"rpa_[0-9A-Z]{42}[0-9a-z]{4,8}", ("rpa_",)),
)
