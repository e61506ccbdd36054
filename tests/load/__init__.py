"""The load test: legacy batches through the transport into the emulator, with faults on."""
