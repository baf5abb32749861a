"""The REST interface of programs, under `/api/v1`: one router over the calls of the hub."""

from hub.api.app import api_app

__all__ = ["api_app"]
