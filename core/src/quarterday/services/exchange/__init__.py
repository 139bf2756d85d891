"""The whole of one authority as open files, and back into an empty installation under the same ids."""

from quarterday.services.exchange.exporting import export_authority
from quarterday.services.exchange.importing import import_authority
from quarterday.services.exchange.manifest import Manifest

__all__ = ["Manifest", "export_authority", "import_authority"]
