#!/bin/sh
# @NAME@, portable form: this script with two compressed files behind it, Deno and the program.
# The first start unpacks them into a cache folder that only its owner can write; every start runs
# them with the permission flags that the executable was built with, and with no more of the
# environment than the program may read.
#
# The cache is $NANOEXEC_CACHE, or /var/cache/nanoexec for root and for all users once root has
# unpacked there, or $XDG_CACHE_HOME/nanoexec. It can be deleted while no program runs from it.
# Needs a POSIX shell (dash and busybox will do), gzip, tail, head, ls, id, mktemp and env, and for
# --user also the setpriv of util-linux. Made by scripts/compile.ts.
set -uf
IFS=' '
case ${HOME-} in /*) ;; *) unset HOME ;; esac
unset BLOCKSIZE BLOCK_SIZE LS_BLOCK_SIZE QUOTING_STYLE TIME_STYLE # they change what ls prints

# Both folders are named by a digest of what is in them, so that a new build never meets old files.
deno_folder=@DENO_FOLDER@ deno_size=@DENO_SIZE@
main_folder=@MAIN_FOLDER@ main_size=@MAIN_SIZE@
other_cache='set NANOEXEC_CACHE to another folder'
user_hint='give the name of a user, not a number'

fail() { # MESSAGE [HINT]
  printf '@NAME@: error: %s\n' "$1" >&2
  if [ $# -gt 1 ]; then printf '@NAME@: hint: %s\n' "$2" >&2; fi
  exit 1
}

# ---- the command line: the options that the start needs ----

# Sets $user, the user of the agent, and the paths on the command line, each variable as
# ",PATH,PATH…". The rules are those of the commands; lib/cli/args/named_paths.ts has them, too.
read_arguments() {
  user='' sockets='' unix_sockets='' readable='' writable='' programs='' command='' completion=no
  if [ "${1-}" = completion ]; then # SHELL WORD...: it asks the hub that the words name
    completion=yes
    shift
    [ $# -eq 0 ] || shift
  fi
  case ${1-} in
    @BUILT_IN_COMMANDS@)
      command=$1
      return
      ;;
  esac
  find_command "$@"
  for word in $command; do shift; done
  case $completion:$command in @SHELL_COMMANDS@) programs=,/bin/sh ;; esac
  while [ $# -gt 0 ]; do
    word=$1
    shift
    case $word in
      --)
        for operand; do read_value operand "$operand"; done
        return
        ;;
      --*=*) read_value "${word%%=*}" "${word#*=}" ;;
      --*) takes_next "$word" "$@" && shift ;;
      -?*) read_letters "${word#-}" "$@" && shift ;;
      *)
        read_value operand "$word"
        case $command in @STOP_COMMANDS@) return ;; esac
        ;;
    esac
  done
}

find_command() { # sets $command to the longest name that the words begin with
  case ${1-} in @COMMANDS@) command=$1 ;; esac
  case ${1-}:${2-} in @LONG_COMMANDS@) command="$1 $2" ;; esac
}

read_letters() { # LETTERS [NEXT]...; tells whether the next word is a value
  letters=$1
  shift
  while [ -n "$letters" ]; do
    rest=${letters#?}
    letter=-${letters%"$rest"}
    find_kind "$letter"
    letters=$rest
    if [ $kind = flag ]; then continue; fi
    if [ -z "$rest" ]; then
      takes_next "$letter" "$@"
      return
    fi
    read_value "$letter" "$rest"
    break
  done
  return 1
}

takes_next() { # OPTION [NEXT]...; reads the next word if it is a value, and tells so
  find_kind "$1"
  if [ $kind = flag ] || [ $# -eq 1 ]; then return 1; fi
  read_value "$1" "$2"
}

find_kind() { # OPTION or "operand": sets $kind to its access, to value or to flag
  case $command:$1 in
    @KINDS@
    *) kind=flag ;;
  esac
}

read_value() { # OPTION VALUE, or "operand" WORD
  find_kind "$1"
  case $1 in -u | --user) user=$2 ;; esac
  path=$2
  case $kind:$2 in
    socket:ipc://*) path=${2#ipc://} ;;
    read-names:^*) path=${2#^} ;;
    read-secret:*=@*) path=${2#*=@} ;;
    socket:* | read-names:* | read-secret:* | read-with-folder:*'nanoexec-ed25519 '*) return 0 ;;
  esac
  case $path in '' | *,*) return 0 ;; esac
  case $path in */*) folder=${path%/*} ;; *) folder=. ;; esac
  case $kind in
    socket) sockets=$sockets,$path unix_sockets=$unix_sockets,unix:$path ;;
    read-with-folder) readable=$readable,$path${folder:+,$folder} ;;
    read*) readable=$readable,$path ;;
    write) writable=$writable,$path ;;
    create) writable=$writable,$path${folder:+,$folder} ;;
  esac
}

# Sets $drop to the command that becomes $user: uid, gid and that user's own supplementary groups,
# no capabilities. It replaces this process, so nothing of root is left. New privileges are not
# forbidden and the bounding set stays: sudo shall work for that user as after a login.
plan_drop() {
  case $user in # names only: setpriv would take a number for an id
    *[!a-z0-9_-]* | [0-9-]*) fail "no such user: \"$user\"" "$user_hint" ;;
  esac
  uid=$(id -u "$user" 2>/dev/null) && gid=$(id -g "$user") ||
    fail "no such user: \"$user\"" "$user_hint"
  if [ "$uid" = 0 ]; then return; fi
  case $(setpriv --help 2>&1) in
    *--reuid*) ;;
    *) fail 'cannot switch the user: no setpriv' 'install util-linux' ;;
  esac
  drop="setpriv --reuid=$user --regid=$gid --init-groups --inh-caps=-all --"
  eval "HOME=~$user" # a tilde is the one way to a home folder that every shell has
  case $HOME in /*) ;; *) HOME=/ ;; esac
  USER=$user LOGNAME=$user
  unset XDG_CONFIG_HOME XDG_STATE_HOME
}

# ---- the cache ----

choose_cache() { # sets $cache and $private, the umask for new folders
  private=077
  if [ "$me" = 0 ]; then private=022; fi # the user of --user must be able to run it
  cache=${XDG_CACHE_HOME-} shared=/var/cache/nanoexec
  case $cache in /*) ;; *) cache=${HOME:+$HOME/.cache} ;; esac
  if [ -n "${NANOEXEC_CACHE-}" ]; then
    cache=${NANOEXEC_CACHE%/}
  elif [ "$me" = 0 ] || { [ -f "$shared/$deno_folder/deno" ] && [ -d "$shared/$main_folder" ]; }; then
    cache=$shared
  else
    cache=${cache:+$cache/nanoexec}
  fi
  case $cache in
    '') fail 'HOME is not set' "$other_cache" ;;
    *=* | *'
'*) fail "path of the cache holds '=' or a line break: $cache" "$other_cache" ;;
    /*) ;;
    *) fail "path of the cache is not absolute: $cache" "$other_cache" ;;
  esac
}

enter_cache() { # makes its folders, and its path one without symbolic links
  if [ -h "$cache" ]; then fail "$cache is a symbolic link" "remove it, or $other_cache"; fi
  for folder in "$deno_folder" "$main_folder/deno_dir"; do
    [ -d "$cache/$folder" ] || (umask "$private" && mkdir -p "$cache/$folder") 2>/dev/null ||
      fail "cannot write to $cache" "$other_cache"
  done
  cache=$(CDPATH='' cd -P "$cache" 2>/dev/null && pwd -P) || fail "cannot enter $cache" "$other_cache"
  deno=$cache/$deno_folder/deno deno_dir=$cache/$main_folder/deno_dir
  main=$cache/$main_folder/@NAME@.js
}

# Checks the path from / down to the unpacked files; succeeds if all of them exist. Refuses a path
# that others than root and this user can change.
inspect() {
  have_deno=no have_main=no
  set -- "$cache/$deno_folder" "$deno" "$cache/$main_folder" "$main" "$deno_dir"
  path=$cache
  while [ -n "$path" ]; do
    set -- "$path" "$@"
    path=${path%/*}
  done
  IFS='
'
  for line in $(LC_ALL=C ls -ldn / "$@" 2>/dev/null); do
    IFS=' '
    check_entry $line
  done
  IFS=' '
  [ $have_deno$have_main = yesyes ]
}

check_entry() { # one line of ls: MODE LINKS OWNER GROUP SIZE MONTH DAY TIME PATH
  mode=$1 owner=$3 size=$5
  shift 8
  case $mode in
    l*)
      link=$*
      fail "${link%% -> *} is a symbolic link" "remove it, or $other_cache"
      ;;
    d????????[tT]*) ;; # sticky: others may add to it, but replace nothing
    ?????w* | ????????w*) fail "others may write to $*" "chmod go-w $*, or $other_cache" ;;
  esac
  case $owner in
    0 | "$me") ;;
    *) fail "$* belongs to uid $owner" "$other_cache" ;;
  esac
  case "$mode $size $*" in # a file of another size was cut short by a crash: it will be replaced
    -*" $deno_size "*"/$deno_folder/deno") have_deno=yes ;;
    -*" $main_size "*"/$main_folder/@NAME@.js") have_main=yes ;;
  esac
}

# ---- unpacking ----

unpack() {
  self=$0
  case $self in
    */*) ;;
    *) if [ -f "$self" ]; then self=./$self; else self=$(command -v "$self"); fi ;;
  esac
  temporary=''
  trap '[ -z "$temporary" ] || rm -f "$temporary"' EXIT
  trap 'exit 129' HUP
  trap 'exit 130' INT
  trap 'exit 143' TERM
  if [ $have_main = no ]; then
    unpack_file "$main" 644 @MAIN_OFFSET@ @MAIN_LENGTH@ @MAIN_SHA256@
  fi
  if [ $have_deno = no ]; then
    unpack_file "$deno" 755 @DENO_OFFSET@ @DENO_LENGTH@ @DENO_SHA256@
  fi
  trap - EXIT HUP INT TERM
  inspect || fail "unpacking to $cache failed" "delete $cache and start again"
  "$deno" --version >/dev/null 2>&1 ||
    fail "cannot run $deno" "check for glibc and noexec, or $other_cache"
}

# Concurrent starts make separate files; the last rename wins, with equal bytes.
unpack_file() { # FILE MODE OFFSET LENGTH SHA256
  find "${1%/*}" -name '.new.*' -mtime +0 -exec rm -f {} + 2>/dev/null # left by a killed start
  temporary=$(mktemp "${1%/*}/.new.XXXXXX" 2>/dev/null) || fail "cannot write to $cache" "$other_cache"
  tail -c "+$3" "$self" | head -c "$4" | gzip -dc >"$temporary" 2>/dev/null ||
    fail "cannot unpack to $cache" 'check the free space and the size of this executable'
  if [ "$(digest "$temporary" "$5")" != "$5" ]; then
    fail "cannot unpack to $cache: executable is damaged" 'copy this executable again'
  fi
  sync "$temporary" 2>/dev/null # so that no crash leaves a whole name on half a file
  { chmod "$2" "$temporary" && mv -f "$temporary" "$1"; } || fail "cannot write to $cache" "$other_cache"
  temporary=''
}

digest() { # FILE EXPECTED: prints the file's SHA-256, or EXPECTED without a tool for it
  if command -v sha256sum; then
    sum=$(sha256sum <"$1")
  elif command -v shasum; then
    sum=$(shasum -a 256 <"$1")
  else
    sum=$2 # gzip has checked its CRC, inspect checks the size
  fi >/dev/null
  printf '%s' "${sum%% *}"
}

# ---- the start ----

own_folders() { # sets $config and $state as ",FOLDER" for the flags, or to nothing without a home
  config=${XDG_CONFIG_HOME-} state=${XDG_STATE_HOME-}
  case $config in /*) ;; *) config=${HOME:+$HOME/.config} ;; esac
  case $state in /*) ;; *) state=${HOME:+$HOME/.local/state} ;; esac
  case $config$state in *,*) fail "path of a folder holds a comma: $config, $state" ;; esac
  config=${config:+,$config/nanoexec} state=${state:+,$state/nanoexec}
}

me=$(id -u) || fail 'cannot find the uid: id failed'
drop=''
read_arguments "$@"
case @NAME@:$completion:$command in # the agent has no command; "check" has another --user
  nanoexec:no:) if [ "$me" = 0 ] && [ -n "$user" ]; then plan_drop; fi ;;
esac
choose_cache
enter_cache
inspect || unpack
if [ -n "$drop" ] && ! $drop test -x "$deno"; then
  fail "user $user cannot run $deno" "$other_cache, readable for all"
fi
own_folders

exec $drop env -i @ENVIRONMENT@ \
  "DENO_DIR=$deno_dir" DENO_NO_UPDATE_CHECK=1 \
  "$deno" run @RUNTIME_FLAGS@ \
  @PERMISSION_FLAGS@ \
  "$main" "$@"
exit 126
