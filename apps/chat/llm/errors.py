"""What can go wrong with a language model, in our words.

    LLMError
    ├── LLMUnreachableError  unreachable, timeout                 nobody answered
    ├── LLMBusyError         rate_limited, overloaded             it answers, but not now
    ├── LLMRefusedError      bad_key, unknown_model, bad_request  asking again will not help
    └── LLMBadAnswerError    bad_answer, cut_off                  what came back is not what was promised

`retryable` says whether the same request may succeed later; `text` is written for the merchant.
"""

from __future__ import annotations


class LLMError(Exception):
    retryable = False

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
        self.text = text


class LLMUnreachableError(LLMError):
    retryable = True


class LLMBusyError(LLMError):
    retryable = True


class LLMRefusedError(LLMError):
    pass


class LLMBadAnswerError(LLMError):
    retryable = True
