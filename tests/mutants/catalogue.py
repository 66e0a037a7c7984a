"""All mutants there are."""

from __future__ import annotations

from typing import Final

from tests.mutants import (
    catalogue_access,
    catalogue_answers,
    catalogue_bodies,
    catalogue_cursors,
    catalogue_deletions,
    catalogue_demands,
    catalogue_errors,
    catalogue_fields,
    catalogue_hardships,
    catalogue_ids,
    catalogue_items,
    catalogue_lists,
    catalogue_names,
    catalogue_pages,
    catalogue_permissions,
    catalogue_providers,
    catalogue_reads,
    catalogue_refusals,
    catalogue_service,
    catalogue_sometimes,
    catalogue_strays,
    catalogue_teams,
    catalogue_types,
    catalogue_updates,
)
from tests.mutants.mutant import Mutant

MUTANTS: Final[tuple[Mutant, ...]] = (
    *catalogue_names.catalogue,
    *catalogue_providers.catalogue,
    *catalogue_fields.catalogue,
    *catalogue_demands.catalogue,
    *catalogue_hardships.catalogue,
    *catalogue_bodies.catalogue,
    *catalogue_refusals.catalogue,
    *catalogue_answers.catalogue,
    *catalogue_types.catalogue,
    *catalogue_ids.catalogue,
    *catalogue_reads.catalogue,
    *catalogue_lists.catalogue,
    *catalogue_items.catalogue,
    *catalogue_pages.catalogue,
    *catalogue_cursors.catalogue,
    *catalogue_updates.catalogue,
    *catalogue_deletions.catalogue,
    *catalogue_access.catalogue,
    *catalogue_permissions.catalogue,
    *catalogue_teams.catalogue,
    *catalogue_errors.catalogue,
    *catalogue_service.catalogue,
    *catalogue_sometimes.catalogue,
    *catalogue_strays.catalogue,
)
