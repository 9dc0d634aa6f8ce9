"""The one error of the catalogue. Vendor errors become it at the edge."""

from __future__ import annotations


class CatalogError(Exception):
    """Something in the catalogue did not work.

    Codes: `index_unreachable` (the index host or the Qdrant server does not answer), `index_locked` (another
    process holds the index), `index_damaged` (its files on disk cannot be read: `manage.py index rebuild`),
    `index_failed` (the index refused an operation), `bad_vector` (a vector of another size, or not of
    numbers), `bad_image` (no picture that can be used), `no_image_model`, `bad_limit` (a limit that is not a
    number), `unknown_field` (a filter by a field that the index does not know), `model_missing` (no embedding
    model), `model_fetch_failed` (no source gave the model), `model_damaged` (a file has the wrong hash),
    `other_model` (the index is of another model than this process), `bad_file` (a file of judged searches cannot
    be read), `unknown_filter` (a limit was to be removed that no search has), `busy` (too many pictures are
    looked at).
    """

    def __init__(self, code: str, text: str, retryable: bool = False) -> None:
        # All three go to the base class, so that the error survives the pickling between host and client.
        super().__init__(code, text, retryable)
        self.code = code
        self.text = text
        self.retryable = retryable

    def __str__(self) -> str:
        return self.text


class OldIndexDamagedError(CatalogError):
    """`index_damaged`, said of the collection that a rebuild reads, and not of the one that it writes."""
