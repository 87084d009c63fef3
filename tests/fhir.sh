#!/usr/bin/env bash
# Lets an independent validator (fhir.resources from PyPI) read the bundle that the stories have written.
set -euo pipefail
cd "$(dirname "$0")/.."
bundle=target/tmp/fhir-bundle.json
place=target/fhir-venv
[ -f "$bundle" ] || { echo "$0: $bundle is missing: run the stories first" >&2; exit 1; }

if [ ! -x "$place/bin/python" ] || ! "$place/bin/python" -c 'import fhir.resources' 2>/dev/null; then
  if ! { python3 -m venv "$place" && "$place/bin/pip" install --quiet --timeout 20 --retries 1 'fhir.resources==8.3.0'; } >/dev/null 2>&1; then
    printf '\n!!! NOT CHECKED: the FHIR validator could not be installed (python3-venv and PyPI are needed) !!!\n\n' >&2
    exit 0
  fi
fi
"$place/bin/python" - "$bundle" <<'PYTHON'
import json, sys
from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.immunization import Immunization
from fhir.resources.R4B.patient import Patient

bundle = json.load(open(sys.argv[1]))
Bundle.model_validate(bundle)
kinds = {"Patient": Patient, "Immunization": Immunization}
for entry in bundle["entry"]:
    kinds[entry["resource"]["resourceType"]].model_validate(entry["resource"])
print("the FHIR bundle is valid")
PYTHON
