"""The JSON of requests and answers, as types; the OpenAPI document is made from them."""
