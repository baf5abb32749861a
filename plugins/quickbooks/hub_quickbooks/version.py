"""The version of this plugin, where nothing else need be loaded for it."""

VERSION = "0.1.0"
