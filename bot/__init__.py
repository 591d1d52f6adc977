"""Qunshou 群收: the product. Knows no platform and no provider."""
