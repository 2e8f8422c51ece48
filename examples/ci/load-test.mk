# A load test as Makefile rules: `include load-test.mk`, then `make load-test TARGET=http://staging.example.com`.
# The exit code of make tells the verdict (2 when a rule fails); the reports are in results/.
SWARMC ?= swarmc
TARGET ?= http://127.0.0.1:8080
USERS ?= 100
SPAWN_RATE ?= 20
RUN_TIME ?= 3m

results/checkout: load/checkout.swarm
	mkdir -p results
	$(SWARMC) --deny-warnings $< -o $@

.PHONY: load-test
load-test: results/checkout
	./results/checkout --headless --users $(USERS) --spawn-rate $(SPAWN_RATE) --run-time $(RUN_TIME) --host "$(TARGET)" \
	    --csv results/checkout --json results/checkout.json --html results/checkout.html --junit results/checkout.xml
