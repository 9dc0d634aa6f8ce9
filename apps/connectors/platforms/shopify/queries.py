"""What Shopify is asked, in its GraphQL. Only reads."""

from __future__ import annotations

API_VERSION = "2026-01"  # Shopify answers an older one by the oldest that it still keeps

_VARIANT = """
id title sku barcode price availableForSale
selectedOptions { name value }
"""

_PRODUCT = f"""
id title descriptionHtml vendor productType onlineStoreUrl createdAt updatedAt hasOnlyDefaultVariant
category {{ fullName }}
featuredMedia {{ preview {{ image {{ url }} }} }}
collections(first: 5) {{ nodes {{ title }} }}
rating: metafield(namespace: "reviews", key: "rating") {{ value }}
ratingCount: metafield(namespace: "reviews", key: "rating_count") {{ value }}
metafields(first: 20) {{ nodes {{ key type value definition {{ name access {{ storefront }} }} }} }}
variants(first: 50) {{ nodes {{ {_VARIANT} }} pageInfo {{ hasNextPage endCursor }} }}
"""

SHOP = "query Shop { shop { name currencyCode primaryDomain { url } } }"

COUNT = "query Count($query: String) { productsCount(query: $query, limit: null) { count } }"

EXAMPLE = "query Example($query: String) { products(first: 1, sortKey: ID, query: $query) { nodes { title } } }"

PRODUCTS = f"""
query Products($first: Int!, $after: String, $query: String) {{
  products(first: $first, after: $after, query: $query, sortKey: ID) {{
    nodes {{ {_PRODUCT} }}
    pageInfo {{ hasNextPage endCursor }}
  }}
}}
"""

PRODUCT_IDS = """
query ProductIds($first: Int!, $after: String, $query: String) {
  products(first: $first, after: $after, query: $query, sortKey: ID) {
    nodes { id }
    pageInfo { hasNextPage endCursor }
  }
}
"""

VARIANTS = f"""
query Variants($id: ID!, $after: String) {{
  product(id: $id) {{
    variants(first: 100, after: $after) {{ nodes {{ {_VARIANT} }} pageInfo {{ hasNextPage endCursor }} }}
  }}
}}
"""

SHOWN = "query Shown($id: ID!) { product(id: $id) { id status onlineStoreUrl } }"

STOCK = "query Stock($ids: [ID!]!) { nodes(ids: $ids) { ... on Product { id tracksInventory totalInventory } } }"

ORDERS = """
query Orders($query: String) {
  orders(first: 5, query: $query) {
    nodes {
      name email createdAt cancelledAt displayFinancialStatus displayFulfillmentStatus
      totalPriceSet { presentmentMoney { amount currencyCode } }
      lineItems(first: 50) { nodes { name quantity } }
      fulfillments(first: 10) { trackingInfo(first: 5) { number } }
    }
  }
}
"""
