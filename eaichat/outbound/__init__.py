"""Requests to addresses that strangers chose: a merchant's platform, a product's picture. Public ones only."""
