"""What tells the time, and what makes ids."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

Clock = Callable[[], datetime]
NewId = Callable[[], UUID]
