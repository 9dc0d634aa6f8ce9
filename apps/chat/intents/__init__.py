"""Intent mode: an assistant without a language model, made of rules, examples and canned responses."""
