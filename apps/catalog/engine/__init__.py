"""The engine of the catalogue: embedding, index, search. No Django in here; configuration is passed in."""

import os

# onnxruntime reports every use to its maker, from its import on. What a store runs is nobody else's business.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
