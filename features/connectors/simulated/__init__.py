"""A microfinance institution that never was: its book, and the truth behind it."""

from features.connectors.simulated.ranking import true_driver_ranking
from features.connectors.simulated.settings import DRIVER_STRENGTHS, SimulationSettings
from features.connectors.simulated.simulation import SimulationReport, simulate
from features.connectors.simulated.visiting import Contacts, Policy

__all__ = [
    "DRIVER_STRENGTHS",
    "Contacts",
    "Policy",
    "SimulationReport",
    "SimulationSettings",
    "simulate",
    "true_driver_ranking",
]
