#!/bin/sh
# Says how to get the browser that tests/browser drives, where there is none; those tests skip then.
for name in chromium chromium-browser google-chrome google-chrome-stable; do
    command -v "$name" >/dev/null 2>&1 && exit 0
done
[ -d "/Applications/Chromium.app" ] || [ -d "/Applications/Google Chrome.app" ] && exit 0
if [ "$(uname -s)" = Darwin ]; then
    command="brew install --cask chromium"
elif command -v apt-get >/dev/null 2>&1; then
    command="apt-get install -y chromium"
else
    command="(this system's package manager) install chromium"
fi
printf '%s\n' "There is no Chromium here: the browser's tests are skipped. To run them: $command" >&2
