"""What every test, the demo and the image targets share: engine, registry, servers and a Drone runner."""
