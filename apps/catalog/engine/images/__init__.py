"""Pictures: those of products, fetched from where the store keeps them, and a shopper's own."""
