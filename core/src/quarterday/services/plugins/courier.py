"""The names that the runner knows the processes of plugins by, until it is moved to theirs."""

from quarterday.services.plugins.children import Children as Courier
from quarterday.services.plugins.children import Order
from quarterday.services.plugins.children import PluginFault as SinkFault

__all__ = ["Courier", "Order", "SinkFault"]
