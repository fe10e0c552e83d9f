"""What an MFI decides about the plan of the week: hours for visits and calls, and how long each takes."""

from typing import Annotated

from pydantic import Field

from serving.list_settings import ListSettings


class VisitSettings(ListSettings):
    """The settings of the plan. They change no list, so they are not stored with it."""

    visit_hours_a_day: float = Field(
        default=2.0,
        ge=0,
        le=12,
        description="Hours a day an officer has for the list, besides collections and office: visits, calls and the "
        "ways to them.",
    )
    visit_cost: float = Field(
        default=0.0,
        ge=0,
        description="What a visit costs, travel and hours included, in the currency you read it in; 0 leaves out what "
        "a client kept cost.",
    )
    desk_hours_a_day: float = Field(
        default=3.0, ge=0, le=100, description="Hours a day the retention desk has for calls, all its people together."
    )
    visit_weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(
        default=(1, 2, 3, 4, 5),
        description="Days of the week on which clients are visited and called, 1 for Monday. A meeting is attended on "
        "whatever day it is.",
    )
    meeting_minutes: int = Field(
        default=15, ge=1, le=240, description="Minutes of a talk with a client after the group's meeting."
    )
    call_minutes: int = Field(default=15, ge=1, le=240, description="Minutes of a call, with what is written down.")
    travel_minutes: int = Field(
        default=40,
        ge=0,
        le=480,
        description="Minutes of the way to a village and back, once for all who are visited there on a day, and none "
        "where the officer is there for a meeting anyway.",
    )
