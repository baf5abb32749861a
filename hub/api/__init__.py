"""The REST interface of programs, under `/api/v1`: one router over the calls of the hub."""

from hub.api.app import api_app
from hub.api.problems import too_large

__all__ = ["api_app", "too_large"]
