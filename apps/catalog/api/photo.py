"""`POST /products/search/photo`: what looks like a shopper's photo. The photo is the body, and is not kept."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.accounts.throttling import ClientThrottle
from apps.catalog.api.answers import HitAnswer, PhotoAnswer, shown
from apps.catalog.api.asked import asked
from apps.catalog.api.base import ProductsView, answer
from apps.catalog.api.parameters import PhotoParameters, described, read
from apps.catalog.api.problems import BadParameterError, NotHereError, Problem
from apps.catalog.engine.errors import CatalogError
from apps.catalog.photo_upload import PhotoParser, PhotoThrottle, UntypedPhotoParser
from apps.catalog.runtime import catalog


class PhotoSearchView(ProductsView):
    throttle_classes = (ClientThrottle, PhotoThrottle)
    parser_classes = (PhotoParser, UntypedPhotoParser)
    cors_method = "POST"
    cors_headers = "content-type"

    @extend_schema(
        operation_id="searchProductsByPhoto",
        summary="Search products by photo",
        tags=["Products"],
        parameters=described(PhotoParameters),
        request={"image/*": bytes},
        responses={
            200: PhotoAnswer,
            400: OpenApiResponse(Problem, "A parameter or the photo cannot be used; `text` says why."),
            404: OpenApiResponse(Problem, "There is no such store, or no model for pictures is installed."),
            415: OpenApiResponse(Problem, "The body is no picture."),
        },
        auth=[],
    )
    def post(self, request: Request) -> Response:
        """The body is a JPEG, PNG, WebP or GIF of at most 8 MB. It is looked at in memory and kept nowhere; what
        was written in it (place, telephone) is not read. Limits as in a search, also within `q`, whose other words
        are not asked."""
        given = read(PhotoParameters, request.query_params)
        index, store_id = catalog(), str(self.store.pk)
        query, removed, possible = asked(index, store_id=store_id, given=given)
        query = query.model_copy(update={"limit": given.limit})
        photo: Any = request.data  # the parser's bytes; it is not asked where no length is announced
        if not isinstance(photo, bytes):
            text = "There is no photo: send it as the body, with its Content-Length."
            raise BadParameterError(code="bad_image", field="body", text=text)
        try:
            hits = index.search_image(store_id=store_id, photo=photo, query=query) if possible else []
        except CatalogError as error:
            if error.code == "bad_image":
                raise BadParameterError(code=error.code, field="body", text=error.text) from error
            if error.code == "no_image_model":
                raise NotHereError(code=error.code, text=error.text) from error
            raise
        return answer(
            PhotoAnswer(
                filters=index.chips(store_id=store_id, query=query),
                removed=removed,
                hits=[HitAnswer(product=shown(hit.product), score=round(hit.score, 4)) for hit in hits],
            )
        )

    def finalize_response(self, request: Request, response: Any, *args: Any, **path: Any) -> Response:
        final = super().finalize_response(request, response, *args, **path)
        final["Cache-Control"] = "no-store"
        return final
