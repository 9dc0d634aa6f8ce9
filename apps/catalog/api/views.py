"""The addresses of the products' API: found, suggested, counted, shown."""

from __future__ import annotations

from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.api import examples
from apps.catalog.api.answers import (
    FacetsAnswer,
    HitAnswer,
    ProductAnswer,
    SearchAnswer,
    SimilarAnswer,
    SuggestAnswer,
    reasoned,
    shown,
    suggested,
)
from apps.catalog.api.asked import asked
from apps.catalog.api.base import ProductsView, answer
from apps.catalog.api.parameters import (
    LimitParameters,
    SearchParameters,
    SimilarParameters,
    StoreParameters,
    SuggestParameters,
    described,
    read,
)
from apps.catalog.api.problems import Problem, UnknownProductError
from apps.catalog.engine.facets import Facets
from apps.catalog.engine.queries import Hit
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
        examples=[examples.SEARCH],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """`q` may say limits ("under $60", "in stock", "by Fjell"): they come back in `filters` and hold for every
        hit. A parameter takes the place of what `q` says about the same, and `without` removes either. No hits is
        an answer too: the store has nothing that fits."""
        given = read(SearchParameters, request.query_params)
        index, store_id = catalog(), str(self.store.pk)
        query, removed, possible = asked(index, store_id=store_id, given=given)
        window = {"limit": given.limit + 1, "offset": given.offset} | ({"sort": given.sort} if given.sort else {})
        query = query.model_copy(update=window)
        hits = index.search(store_id=store_id, query=query, explain=given.explain).hits if possible else []
        more = len(hits) > given.limit
        ended = not more and (hits or not given.offset)
        return answer(
            SearchAnswer(
                q=given.q,
                text=query.text,
                corrected=query.corrected,
                filters=index.chips(store_id=store_id, query=query),
                removed=removed,
                hits=[_hit(hit) for hit in hits[: given.limit]],
                total=given.offset + len(hits) if ended else index.total(store_id=store_id, query=query),
                next_offset=given.offset + given.limit if more else None,
            )
        )


class FacetsView(ProductsView):
    @extend_schema(
        operation_id="countProducts",
        summary="Count products by brand, category, price and so on",
        tags=["Products"],
        parameters=described(LimitParameters),
        responses={200: FacetsAnswer, **_PROBLEMS},
        examples=[examples.FACETS],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """For the filters beside a search: takes what the search takes. Each facet is counted as if its own limit
        were not set, so that the other choices can be offered."""
        given = read(LimitParameters, request.query_params)
        index, store_id = catalog(), str(self.store.pk)
        query, removed, possible = asked(index, store_id=store_id, given=given)
        return answer(
            FacetsAnswer(
                filters=index.chips(store_id=store_id, query=query),
                removed=removed,
                facets=index.facets(store_id=store_id, query=query) if possible else Facets(),
            )
        )


class SuggestView(ProductsView):
    @extend_schema(
        operation_id="suggestProducts",
        summary="Suggest while somebody types",
        tags=["Products"],
        parameters=described(SuggestParameters),
        responses={200: SuggestAnswer, **_PROBLEMS},
        examples=[examples.SUGGEST],
        auth=[],
    )
    def get(self, request: Request) -> Response:
        """Words that go on so, categories, brands and products. Wait 100 ms after a key before asking."""
        given = read(SuggestParameters, request.query_params)
        found = catalog().suggest(store_id=str(self.store.pk), text=given.q, limit=given.limit)
        return answer(SuggestAnswer(q=given.q, suggestions=[suggested(one) for one in found]))


class SimilarView(ProductsView):
    @extend_schema(
        operation_id="similarProducts",
        summary="Products that are like one",
        tags=["Products"],
        parameters=[_PRODUCT_ID, *described(SimilarParameters)],
        responses={200: SimilarAnswer, **_PROBLEMS},
        auth=[],
    )
    def get(self, request: Request, product_id: str) -> Response:
        """By their texts, and by their pictures where both have one."""
        given = read(SimilarParameters, request.query_params)
        index, store_id = catalog(), str(self.store.pk)
        if not index.get(store_id=store_id, product_ids=[product_id]):
            raise UnknownProductError
        hits = index.similar(store_id=store_id, product_id=product_id, limit=given.limit, in_stock=given.in_stock)
        return answer(SimilarAnswer(hits=[_hit(hit) for hit in hits]))


class ProductView(ProductsView):
    @extend_schema(
        operation_id="getProduct",
        summary="One product",
        tags=["Products"],
        parameters=[_PRODUCT_ID, *described(StoreParameters)],
        responses={200: ProductAnswer, **_PROBLEMS},
        examples=[examples.PRODUCT],
        auth=[],
    )
    def get(self, request: Request, product_id: str) -> Response:
        read(StoreParameters, request.query_params)
        products = catalog().get(store_id=str(self.store.pk), product_ids=[product_id])
        if not products:
            raise UnknownProductError
        return answer(shown(products[0]))


def _hit(hit: Hit) -> HitAnswer:
    return HitAnswer(product=shown(hit.product), score=hit.score, reasons=reasoned(hit.reasons))
