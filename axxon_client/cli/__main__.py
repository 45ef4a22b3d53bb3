"""python -m axxon_client.cli"""

import sys

from axxon_client.cli.main import main

sys.exit(main())
