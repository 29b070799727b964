/**
 * The part of the copy script that lays an unpacked archive over a folder that is there. In a
 * folder of root's, root moves each file to its name if nobody else can change any folder on the
 * way. In a folder of another user, that user unpacks the archive again.
 * @module
 */

/** Defines `choose_user` and `lay_over`; needs the functions of `pinned_folder_script.ts`. */
export const LAY_OVER: string =
  `choose_user() { # who lays an archive over the folder that the shell is in
  their=$uid own_group=
  user=$(id -un "$uid" 2>/dev/null) || user=$(stat "$flag" %U . 2>/dev/null)
  # A group that is called as its user has no other members.
  if [ "$uid" -ne 0 ] && [ "$(id -gn "$user" 2>/dev/null)" = "$user" ]; then
    own_group=$(id -g "$user")
  fi
  if [ $((0$bits & 02)) -ne 0 ] || { [ $((0$bits & 020)) -ne 0 ] && [ "$gid" != "$own_group" ]; }; then
    fail "others can change $file: chmod go-w it, or copy to a folder that is not there yet"
  fi
  way=
  if [ "$me" -eq 0 ] && [ "$uid" -eq 0 ]; then return; fi
  if [ "$uid" = "$me" ]; then
    way=self
    return
  fi
  [ "$me" -eq 0 ] || fail "cannot write to $file"
  their_group=$(id -g "$user" 2>/dev/null) || fail "$file belongs to user $uid, whom this host does not know"
  if [ -n "$owner" ]; then
    wanted=\${owner%%:*}
    [ -z "$wanted" ] || [ "$(id -u "$wanted" 2>/dev/null || echo "$wanted")" = "$uid" ] || wanted=-
    case $owner in
      *:"$their_group" | *:"$(id -gn "$user")") ;;
      *:*) wanted=- ;;
    esac
    [ "$wanted" != - ] ||
      fail "$file belongs to $user, so nothing in it can be given to $owner: copy without --owner"
  fi
  for way in setpriv runuser su; do
    if as_user : </dev/null >/dev/null 2>&1; then return; fi
  done
  fail "$file belongs to $user, and this host has no setpriv, runuser or su to write as that user"
}
as_user() { # LINE
  case $way in
    self) /bin/sh -c "$1" ;;
    setpriv)
      setpriv --reuid="$their" --regid="$their_group" --clear-groups --no-new-privs -- /bin/sh -c "$1"
      ;;
    runuser) runuser -u "$user" -- /bin/sh -c "$1" ;;
    su) su -s /bin/sh -c "$1" "$user" ;;
  esac
}
# Says why a folder of the archive cannot be laid over one that is there; parents come first.
check='
for from; do
  to=..\${from#copy.tree}
  [ -e "$to" ] || [ -h "$to" ] || continue
  path=$file\${to#..}
  if [ -h "$to" ] || [ ! -d "$to" ]; then
    echo "$path is no folder"
    exit
  fi
  set -- $(stat "$flag" "$form" "$to")
  case $2 in
    0 | "$me" | "$their") writers=$((0$4 & 022)) ;;
    *) writers=2 ;;
  esac
  [ "$3" != "$own_group" ] || writers=$((writers & 02))
  [ "$writers" -eq 0 ] || {
    echo "others can change $path: copy that folder by itself, or chmod go-w it"
    exit
  }
done'
# Moves what is in the archive to folders that root alone can change; children come first.
merge='
for from; do
  to=..\${from#copy.tree}
  [ -d "\${to%/*}" ] || continue
  if [ ! -d "$to" ]; then
    mv -f -- "$from" "\${to%/*}/"
    continue
  fi
  export to
  find "$from/." ! -name . -prune ! -type d -exec /bin/sh -c "$move" sh "$names" +
  if [ "$to" != .. ]; then
    set -- $(stat "$flag" "$form" "$from")
    [ -z "$owner" ] || chown "$2:$3" "$to"
    chmod "$4" "$to"
  fi
  [ -z "$time" ] || touch -r "copy.times/$from" "$to"
  rmdir "$from"
done'
move='mv -f -- "$@" "$to/"'
names='{}' # find takes it for names wherever it is
keep_times() { # of folders, which change as things are moved out of them
  rm -rf copy.times
  mkdir copy.times &&
    find copy.tree -type d -exec /bin/sh -c 'for from; do mkdir "copy.times/$from"; done' sh {} + &&
    find copy.tree -depth -type d -exec /bin/sh -c \\
      'for from; do touch -r "$from" "copy.times/$from"; done' sh {} +
}
lay_over() { # what is unpacked over the folder in which the private one is
  export file flag form me their own_group owner time move names
  refused=$(find copy.tree -type d -exec /bin/sh -c "$check" sh {} + 2>/dev/null)
  [ -z "$refused" ] || fail "$(printf '%s\\n' "$refused" | head -n 1)"
  if [ -z "$way" ]; then
    [ -z "$time" ] || keep_times || fail "cannot write to $file"
    find copy.tree -depth -type d -exec /bin/sh -c "$merge" sh {} +
    [ ! -d copy.tree ] || fail "cannot write to $file"
    return
  fi
  chmod "$over_mode" copy.tree # which is what the folder gets
  tar -cf - -C copy.tree . | (
    cd -P .. && look && [ "$id" = "$at" ] && as_user 'exec tar -xpof -' 9>&- >/dev/null
  ) || fail "cannot write to $file"
}
`;
