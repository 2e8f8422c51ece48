#!/bin/sh
# Fetches Gatling from Maven Central for `make bench` and compiles its simulation.
set -eu
. "$(dirname "$0")/peers.sh"
need mvn javac
peer gatling
sed 's/GATLING_VERSION/3.15.1/' "$here/scenarios/gatling-pom.xml" >"$target/pom.xml"
mvn -q -B -f "$target/pom.xml" dependency:copy-dependencies -DoutputDirectory="$target/lib"
mkdir -p "$target/classes"
cp "$here/scenarios/gatling-logback.xml" "$target/classes/logback.xml"
javac -d "$target/classes" -cp "$target/lib/*" "$here/scenarios/BenchSimulation.java"
echo "Gatling 3.15.1 is in $target"
