"""What roles may do, for whoever asks through the use cases."""

from quarterday.domain.contracts import MemberRole
from quarterday.domain.permissions import PERMISSIONS, Permission, may

__all__ = ["PERMISSIONS", "MemberRole", "Permission", "may"]
