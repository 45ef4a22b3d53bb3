"""What lies in the data folder."""

from __future__ import annotations

CONFIG_FILE = "config.sqlite"
JOURNAL_FILE = "journal.sqlite"
ALARMS_FILE = "alarms.sqlite"
ARCHIVES_FOLDER = "archives"
# Between an attached archive's id and the id that a camera has there.
FOREIGN_MARK = ":"
ATTACHED_FOLDER = "cache/attached"
# Indexes of volumes that cannot be written at present.
BESIDE_FOLDER = "cache/beside"
KERNELS_FOLDER = "cache/kernels"
EXPORTS_FOLDER = "exports"
METADATA_FOLDER = "metadata"
