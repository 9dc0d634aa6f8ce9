"""What the products' API answers instead of products: a code for programs, a text for people, what to do."""

from __future__ import annotations

from pydantic import BaseModel
from rest_framework.exceptions import APIException


class Problem(BaseModel):
    """`field` names the parameter that is at fault, when it is one."""

    code: str
    text: str
    field: str | None = None


class ProblemError(APIException):
    """An answer that is a `Problem`."""

    code: str
    text: str

    def __init__(self, *, code: str, text: str, field: str | None = None) -> None:
        self.code, self.text = code, text
        super().__init__(Problem(code=code, text=text, field=field).model_dump(exclude_none=True), code)


class BadParameterError(ProblemError):
    status_code = 400


class ForeignOriginError(ProblemError):
    status_code = 403

    def __init__(self) -> None:
        text = "The store does not list this page's origin. Add it on the console's widget page."
        super().__init__(code="unknown_origin", text=text)


class NotHereError(ProblemError):
    status_code = 404


class UnknownProductError(NotHereError):
    def __init__(self) -> None:
        super().__init__(code="unknown_product", text="This store has no product with this id.")


class CatalogueAwayError(ProblemError):
    """The index does not answer. It says nothing of why: that names hosts and directories."""

    status_code = 503
    wait = 3  # seconds, as Retry-After: an index host is back within two

    def __init__(self) -> None:
        text = f"The catalogue cannot be read right now. Try again in {self.wait} seconds."
        super().__init__(code="catalogue_unreachable", text=text)
