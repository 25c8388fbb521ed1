# Shared by the scripts beside it: the root of the checkout, the cache, and one way of saying things.
dlc_root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
dlc_cache="${XDG_CACHE_HOME:-$HOME/.cache}/dlc"
dlc_venv="$dlc_cache/venv"

# Without this ccache gives up on everything that uses the precompiled header.
export CCACHE_SLOPPINESS="${CCACHE_SLOPPINESS:-pch_defines,time_macros,include_file_mtime,include_file_ctime}"
export CCACHE_BASEDIR="${CCACHE_BASEDIR:-$dlc_root}"

if [[ -t 1 ]]; then bold=$'\e[1m' dim=$'\e[2m' green=$'\e[32m' off=$'\e[0m'; else bold='' dim='' green='' off=''; fi

say() { printf '%s== %s%s\n' "$bold" "$*" "$off"; }
die() { printf '%s: %s\n' "$(basename "$0")" "$*" >&2; exit 1; }

# run COMMAND...: shows the command, then runs it.
run() { printf '%s+ %s%s\n' "$dim" "$*" "$off"; "$@"; }

# help_if_asked "$@": prints the comment at the head of the script for --help.
help_if_asked() {
  for arg in "$@"; do
    if [[ $arg == --help || $arg == -h ]]; then
      awk 'NR > 1 && !/^#/ { exit } NR > 1 { sub(/^# ?/, ""); print }' "$0"
      exit 0
    fi
  done
}
