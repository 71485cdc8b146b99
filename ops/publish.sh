#!/bin/bash
# Packs the program with its runtime, for machines without .NET: artifacts/mta-VERSION-RID.tar.gz for each RID (linux-x64 and linux-arm64 if none is
# named). The target needs glibc and OpenSSL 3. READY_TO_RUN=false leaves out the code compiled in advance: made in a quarter of the time and a quarter smaller,
# but the first message is stored 1.2 s after the start and not 0.7 to 1.0 s (ops/smoke.sh, two cores).
set -euo pipefail
cd "$(dirname "$0")/.."
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
[ $# -gt 0 ] || set -- linux-x64 linux-arm64
mkdir -p artifacts
version=$(dotnet msbuild src/Mta.Server -getProperty:Version)

for rid; do
  name=mta-$version-$rid
  folder=artifacts/$name
  rm -rf "$folder" "$folder.tar.gz"
  # Apart from the folders of a usual build, and with a lock file of its own: the committed ones know no RID.
  dotnet publish src/Mta.Server -c Release -r "$rid" --self-contained -p:PublishReadyToRun="${READY_TO_RUN:-true}" -p:DebugType=none \
    -p:GenerateDocumentationFile=false -p:NuGetLockFilePath="obj/publish-$rid.lock.json" --artifacts-path "artifacts/publish-$rid" -o "$folder" > "artifacts/$name.log" \
    || { cat "artifacts/$name.log"; exit 1; }
  cp -r README.md LICENSE docs hocon/reference.conf ops/systemd ops/prometheus ops/grafana "$folder/"
  # the same content makes the same archive
  tar -C artifacts --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$(git log -1 --format=%ct 2> /dev/null || echo 0)" -czf "$folder.tar.gz" "$name"
  echo "$folder.tar.gz: $(du -h "$folder.tar.gz" | cut -f1)"
done
