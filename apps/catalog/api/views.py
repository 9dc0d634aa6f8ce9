"""The addresses of the products' API: found, suggested, counted, shown."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.api.answers import HitAnswer, ProductAnswer, SearchAnswer, shown
from apps.catalog.api.asked import asked
from apps.catalog.api.base import ProductsView, answer
from apps.catalog.api.parameters import SearchParameters, StoreParameters, described, read
from apps.catalog.api.problems import NotHereError, Problem
from apps.catalog.runtime import catalog

_PRODUCT_ID = OpenApiParameter("product_id", str, OpenApiParameter.PATH, description="As `product_id` of a hit.")
_PROBLEMS = {
    400: OpenApiResponse(Problem, "A parameter cannot be used; `field` names it, `text` says what to do."),
    403: OpenApiResponse(Problem, "The store does not list the page's origin."),
    404: OpenApiResponse(Problem, "There is no such store, or no such product in it."),
    429: OpenApiResponse(Problem, "Too many requests; Retry-After says for how many seconds."),
    503: OpenApiResponse(Problem, "The catalogue cannot be read; Retry-After says for how many seconds."),
}


class SearchView(ProductsView):
    @extend_schema(
        operation_id="searchProducts",
        summary="Search products",
        tags=["Products"],
        parameters=described(SearchParameters),
        responses={200: SearchAnswer, **_PROBLEMS},
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """`q` may say limits ("under $60", "in stock", "by Fjell"): they come back in `filters` and hold for every
        hit. A parameter takes the place of what `q` says about the same, and `without` removes either. No hits is
        an answer too: the store has nothing that fits."""
        given = read(SearchParameters, request.query_params)
        index, store_id = catalog(), str(self.store.pk)
        query, removed = asked(index, store_id=store_id, given=given)
        page = {"limit": given.limit + 1, "offset": given.offset} | ({"sort": given.sort} if given.sort else {})
        result = index.search(store_id=store_id, query=query.model_copy(update=page))
        # A category that is given is a limit, and one that the store does not know holds nothing.
        hits = result.hits if not given.category or result.query.category else []
        more = len(hits) > given.limit
        hits = hits[: given.limit]
        return answer(
            SearchAnswer(
                q=given.q,
                text=result.query.text,
                corrected=result.query.corrected,
                filters=result.chips,
                removed=removed,
                hits=[HitAnswer(product=shown(hit.product), score=round(hit.score, 4)) for hit in hits],
                next_offset=given.offset + given.limit if more else None,
            )
        )


class ProductView(ProductsView):
    @extend_schema(
        operation_id="getProduct",
        summary="One product",
        tags=["Products"],
        parameters=[_PRODUCT_ID, *described(StoreParameters)],
        responses={200: ProductAnswer, **_PROBLEMS},
        auth=[],
    )
    def get(self, request: Request, product_id: str) -> Response:
        read(StoreParameters, request.query_params)
        products = catalog().get(store_id=str(self.store.pk), product_ids=[product_id])
        if not products:
            raise NotHereError(code="unknown_product", text="This store has no product with this id.")
        return answer(shown(products[0]))
