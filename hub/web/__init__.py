"""The web page of people: every page is HTML from the server, readable without scripts."""

from hub.web.app import web_app

__all__ = ["web_app"]
