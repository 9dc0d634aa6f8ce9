"""`python -m eaichat.management.temporal_download FOLDER`: Temporal's SDK downloads its program into FOLDER.

The SDK downloads only as a part of starting a server, so one is started and stopped; in a process of its own,
where it can be given up at any time.
"""

import asyncio
import sys

from temporalio.testing import WorkflowEnvironment


async def main(folder: str) -> int:
    try:
        environment = await WorkflowEnvironment.start_local(download_dest_dir=folder)
    except RuntimeError:  # the host cannot be reached, or the program does not run here
        return 1
    await environment.shutdown()
    await asyncio.sleep(0.2)  # the SDK's threads must be quiet before the interpreter ends
    return 0


if __name__ == "__main__":
    raise SystemExit(asyncio.run(main(sys.argv[1])))
