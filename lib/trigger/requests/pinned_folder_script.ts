/**
 * Shell functions for work in a folder that other users may be able to change. The shell enters the
 * folder, so that no user can replace it, and then a private folder inside it. From there it uses
 * names in the private folder, and `../NAME` only to add or remove a name. So no file elsewhere is
 * changed, whatever other users put at a name.
 * @module
 */

/** Prepares the shell and defines `enter` and `enter_private`. */
export const PINNED_FOLDER: string = `set -u
umask 077
export LC_ALL=C
unset CDPATH
me=$(id -u) links=0
if stat -c %u / >/dev/null 2>&1; then
  flag=-c form='%d:%i %u %g %a %h'
else
  flag=-f form='%d:%i %u %g %Mp%Lp %l'
fi

fail() {
  printf '%s\\n' "$1" >&2
  exit 1
}
facts() { stat "$flag" "$form" "$@"; }
look() { # reads the identity and the owner of the current folder
  set -- $(facts . .. 2>/dev/null)
  [ $# -eq 10 ] || fail "cannot read the owner of \${text:-/}: this host has no suitable stat"
  id=$1 uid=$2 gid=$3 bits=$4 parent=$6
}
has_writers() { [ $((0$1 & 022)) -ne 0 ]; } # MODE
is_closed() { # UID MODE: succeeds if only root and this user can change such a file or folder
  case $1 in
    0 | "$me") ! has_writers "$2" ;;
    *) false ;;
  esac
}
walk() { # PATH: enters it, one name after another
  case $1 in /*) cd / && look ;; esac
  while set -- "\${1#"\${1%%[!/]*}"}" && [ -n "$1" ]; do
    set -- "\${1#"\${1%%/*}"}" "\${1%%/*}"
    [ "$2" = . ] || enter "$2" || return 1
  done
}
follow() { # NAME: follows the link ./NAME, which no other user can change
  links=$((links + 1))
  [ "$links" -le 40 ] || return 1
  set -- "$(readlink "./$1" && echo x)" $(facts "./$1/." 2>/dev/null)
  [ $# -eq 6 ] || return 1
  walk "\${1%?x}" || return 1
  # A link in /proc may lead to another folder than its text.
  [ "$id" = "$2" ] || fail "the link $text leads to another folder than its text: name the folder"
}
enter() { # NAME: enters ./NAME, whose path is $text
  if [ -h "./$1" ] && is_closed "$uid" "$bits"; then
    follow "$1"
    return
  fi
  set -- "$1" "$id" "$uid" "$bits"
  cd -P "./$1" 2>/dev/null || return 1
  look
  # A folder whose parent is the previous folder was not reached through a link.
  [ "$parent" != "$2" ] || return 0
  ! is_closed "$3" "$4" || return 0
  if has_writers "$4"; then
    who="other users"
  else
    # A link of a user may lead to a folder of the same user.
    [ "$uid" != "$3" ] || return 0
    who=$(id -un "$3" 2>/dev/null) || who="user $3"
  fi
  [ "$1" != .. ] || fail "$text leads out of a folder that $who can move: name the folder without .."
  fail "$text is a link in a folder that $who can change: name the folder that it leads to"
}
is_private() { # succeeds in a folder of only this user inside the folder $at
  look
  [ "$parent" = "$at" ] && [ "\${id%:*}" = "\${at%:*}" ] || return 1
  [ -z "$closed" ] || return 0
  [ "$uid" = "$me" ] || return 1
  case $bits in
    700 | 0700 | 2700) ;;
    *) return 1 ;;
  esac
}
has_only_ours() {
  [ -z "$(find . ! -name . -prune ! -name copy.part ! -name copy.held ! -name copy.tree ! -name copy.times)" ]
}
enter_private() { # PREFIX: enters a private folder, that of an earlier copy if it exists
  work=
  for each in "./$1."??????; do
    [ -d "$each" ] && [ ! -h "$each" ] && [ -O "$each" ] || continue
    (cd -P "$each" 2>/dev/null && is_private && has_only_ours) || continue
    work=$each
    break
  done
  [ -n "$work" ] || work=$(mktemp -d "./$1.XXXXXX" 2>/dev/null) || fail "cannot write to $text"
  cd -P "$work" 2>/dev/null && is_private && has_only_ours ||
    fail "other users changed $text during the copy"
}
`;
