/**
 * The shell script that receives a file or the archive of a folder on a host. Script, size and digest
 * are part of the signed request, so the agent needs no right to write files, and no peer on the way
 * can change the file.
 * @module
 */
import { PINNED_FOLDER } from "./pinned_folder_script.ts";

/** A file to copy, and its destination. */
export interface CopyPlan {
  /** The name of the file, used if `dest` is a folder. */
  readonly name: string;
  /** The size in bytes. */
  readonly size: number;
  /** The SHA-256 in hex. */
  readonly sha256: string;
  /** The absolute path of a file or a folder on the host; a folder if it ends in `/`. */
  readonly dest: string;
  /** The mode of a new file, in octal. */
  readonly newMode: string;
  /** The mode of a new or an existing file, in octal. */
  readonly mode?: string | undefined;
  /** The owner: `user`, `user:group` or `:group`. */
  readonly owner?: string | undefined;
  /** The modification time, in Unix milliseconds. */
  readonly modifiedMs?: number | undefined;
  /** Whether the file is the archive of a folder to unpack, which holds the modes. */
  readonly isFolder?: boolean | undefined;
}

/**
 * Returns the command that copies. Its first line of output is `unchanged`, or `from N` if it reads the
 * file from byte N on. Its last line is `copied`.
 */
export function copyCommand(plan: CopyPlan): readonly string[] {
  const { name, size, sha256, dest, newMode, mode = "", owner = "", modifiedMs, isFolder } = plan;
  const time = modifiedMs === undefined ? "" : touchTime(modifiedMs);
  const words = [
    dest,
    name,
    String(size),
    sha256,
    newMode,
    mode,
    owner,
    time,
    isFolder ? "yes" : "",
  ];
  return ["/bin/sh", "-c", SCRIPT, "copy", ...words];
}

/** Returns a time for touch(1), in UTC: `YYYYMMDDhhmm.ss`. */
function touchTime(unixMs: number): string {
  const digits = new Date(unixMs).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 12)}.${digits.slice(12, 14)}`;
}

/**
 * Defines `choose_user` and `lay_over`, which merge an unpacked archive into an existing folder. In a
 * folder of root, root moves each file to its name if no other user can change any folder on the way.
 * In a folder of another user, that user unpacks the archive again. Needs the functions of
 * `pinned_folder_script.ts`.
 */
const LAY_OVER: string =
  `choose_user() { # chooses the user who merges an archive into the current folder
  their=$uid own_group=
  user=$(id -un "$uid" 2>/dev/null) || user=$(stat "$flag" %U . 2>/dev/null)
  # A group with the name of its user has no other members.
  if [ "$uid" -ne 0 ] && [ "$(id -gn "$user" 2>/dev/null)" = "$user" ]; then
    own_group=$(id -g "$user")
  fi
  if [ $((0$bits & 02)) -ne 0 ] || { [ $((0$bits & 020)) -ne 0 ] && [ "$gid" != "$own_group" ]; }; then
    fail "other users can change $file: chmod go-w it, or copy to a new folder"
  fi
  way=
  if [ "$me" -eq 0 ] && [ "$uid" -eq 0 ]; then return; fi
  if [ "$uid" = "$me" ]; then
    way=self
    return
  fi
  [ "$me" -eq 0 ] || fail "cannot write to $file"
  their_group=$(id -g "$user" 2>/dev/null) || fail "the owner of $file is unknown on this host: user $uid"
  if [ -n "$owner" ]; then
    wanted=\${owner%%:*}
    [ -z "$wanted" ] || [ "$(id -u "$wanted" 2>/dev/null || echo "$wanted")" = "$uid" ] || wanted=-
    case $owner in
      *:"$their_group" | *:"$(id -gn "$user")") ;;
      *:*) wanted=- ;;
    esac
    [ "$wanted" != - ] ||
      fail "$file belongs to $user, so --owner $owner is not possible: copy without --owner"
  fi
  for way in setpriv runuser su; do
    if as_user : </dev/null >/dev/null 2>&1; then return; fi
  done
  fail "cannot write as $user, the owner of $file: this host has no setpriv, runuser or su"
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
# Prints why a folder of the archive cannot be merged into an existing one; parents come first.
check='
for from; do
  to=..\${from#copy.tree}
  [ -e "$to" ] || [ -h "$to" ] || continue
  path=$file\${to#..}
  if [ -h "$to" ] || [ ! -d "$to" ]; then
    echo "not a folder: $path"
    exit
  fi
  set -- $(stat "$flag" "$form" "$to")
  case $2 in
    0 | "$me" | "$their") writers=$((0$4 & 022)) ;;
    *) writers=2 ;;
  esac
  [ "$3" != "$own_group" ] || writers=$((writers & 02))
  [ "$writers" -eq 0 ] || {
    echo "other users can change $path: copy that folder by itself, or chmod go-w it"
    exit
  }
done'
# Moves the files of the archive to folders that only root can change; children come first.
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
keep_times() { # of folders, which change when files are moved out of them
  rm -rf copy.times
  mkdir copy.times &&
    find copy.tree -type d -exec /bin/sh -c 'for from; do mkdir "copy.times/$from"; done' sh {} + &&
    find copy.tree -depth -type d -exec /bin/sh -c \\
      'for from; do touch -r "$from" "copy.times/$from"; done' sh {} +
}
lay_over() { # merges the unpacked archive into the folder above the private one
  export file flag form me their own_group owner time move names
  refused=$(find copy.tree -type d -exec /bin/sh -c "$check" sh {} + 2>/dev/null)
  [ -z "$refused" ] || fail "$(printf '%s\\n' "$refused" | head -n 1)"
  if [ -z "$way" ]; then
    [ -z "$time" ] || keep_times || fail "cannot write to $file"
    find copy.tree -depth -type d -exec /bin/sh -c "$merge" sh {} +
    [ ! -d copy.tree ] || fail "cannot write to $file"
    return
  fi
  chmod "$over_mode" copy.tree # the mode that tar gives the folder
  tar -cf - -C copy.tree . | (
    cd -P .. && look && [ "$id" = "$at" ] && as_user 'exec tar -xpof -' 9>&- >/dev/null
  ) || fail "cannot write to $file"
}
`;

/**
 * Writes the bytes to `copy.part` in a private folder inside the destination's folder. An interrupted
 * copy continues there. The file is finished and synced there, and moved to its name last, so a user
 * who can change the destination's folder can neither reach nor replace it. An existing file is
 * compared through a second name in the private folder, unless no other user can change the
 * destination's folder. `sha256sum` is tried last, because the others are several times as fast. An
 * archive is unpacked in the private folder and moved, or merged into an existing folder; then the
 * private folder is in that one.
 */
const SCRIPT =
  `${PINNED_FOLDER}${LAY_OVER}dest=$1 name=$2 size=$3 sum=$4 new_mode=$5 mode=$6 owner=$7 time=$8 tree=$9
no_copy= old_owner= over= over_mode= closed= whole= text= base=

digest() {
  if command -v openssl >/dev/null; then
    openssl dgst -sha256 -r
  elif command -v sha256sum >/dev/null; then
    sha256sum
  else
    shasum -a 256
  fi <"$1" | cut -c1-64
}
length() { echo $(($(wc -c <"$1"))); }
finish() { # FILE
  [ -z "$owner" ] || chown -- "$owner" "$1" || fail "cannot change the owner of $file to $owner"
  [ -z "$mode" ] || chmod "$mode" "$1" || fail "cannot change the mode of $file"
  [ -z "$time" ] || TZ=UTC0 touch -t "$time" "$1" || fail "cannot set the time of $file"
}
is_as_wanted() { # FILE MODE: succeeds if it has the wanted owner and mode
  user=\${owner%%:*} group=
  case $owner in *:*) group=\${owner#*:} ;; esac
  [ -z "$mode" ] || [ $((0$mode)) -eq $((0$2)) ] || return 1
  [ -z "$owner" ] ||
    [ -n "$(find "$1" -prune \${user:+-user "$user"} \${group:+-group "$group"} 2>/dev/null)" ]
}
compare() { # FILE LINKS: exits if the content is equal and the file has no other names
  only=$2
  set -- "$1" $(facts "$1" 2>/dev/null)
  [ $# -eq 6 ] || return 0
  # The owner and the permissions stay, but new content must not be a setuid program.
  old_owner=$3:$4 new_mode=$(printf %o $((0$5 & 0777)))
  [ "$(length "$1")" -eq "$size" ] && [ "$(digest "$1")" = "$sum" ] || return 0
  if [ -n "$owner$mode$time" ]; then
    [ "$only" = any ] || [ "$6" -eq "$only" ] || return 0
    # A user who can write to it could still do so after a change of the owner or to setuid.
    if ! is_closed "$3" "$5"; then
      is_as_wanted "$1" "$5" || return 0
      owner= mode=
    fi
  fi
  finish "$1"
  whole=yes
  echo unchanged
  exit 0
}
hold() { # adds a second name that no other user can change; follows no link
  ln -P -- "../$base" copy.held 2>/dev/null ||
    { [ "$(uname)" = Linux ] && ln -- "../$base" copy.held 2>/dev/null; }
}
ours() { # succeeds for a regular file of this user with one name
  [ -n "$(find copy.part -prune -type f -links 1 -user "$me" 2>/dev/null)" ]
}
place() { # FILE: moves it to its name
  mv -f -T $no_copy -- "./$1" "../$base" 2>/dev/null && return
  [ -n "$closed" ] && [ ! -d "../$base" ] && mv -f -- "./$1" "../$base"
}
leave() {
  rm -rf copy.held copy.tree copy.times
  [ -z "$whole" ] && [ -s copy.part ] || rm -f copy.part
  cd -P .. && rmdir "$work" 2>/dev/null
}
unpack() {
  mkdir copy.tree || fail "cannot write to $folder"
  keep_time=m
  [ -z "$time" ] || keep_time=
  tar "-xpo\${keep_time}f" copy.part -C copy.tree || fail "cannot unpack in $folder"
  [ -z "$owner" ] || [ "\${way:-self}" != self ] || chown -Rh -- "$owner" copy.tree ||
    fail "cannot change the owner of $file to $owner"
}
place_tree() {
  top=
  if [ ! -w copy.tree ]; then
    # Only root can move a folder without write permission.
    set -- $(facts copy.tree)
    top=$1
    chmod u+w copy.tree
  fi
  place copy.tree || fail "cannot create $file"
  [ -z "$top" ] || (cd -P "../$base" && look && [ "$id" = "$top" ] && chmod "$4" .) ||
    fail "cannot change the mode of $file"
}

cd / && look
rest=$dest
while rest=\${rest#"\${rest%%[!/]*}"} && [ -n "$rest" ]; do
  next=\${rest%%/*}
  rest=\${rest#"$next"}
  [ "$next" != . ] || continue
  if [ -z "$rest" ] && [ ! -d "./$next" ]; then
    base=$next
    break
  fi
  text=$text/$next
  enter "$next" && continue
  case $rest in *[!/]* | '') ;; *) text=$text/ ;; esac
  fail "no such folder: $text"
done
base=\${base:-$name} folder=\${text:-/}
file=$text/$base
if [ -n "$tree" ]; then
  if [ -d "./$base" ]; then
    text=$file folder=$file
    enter "$base" || fail "cannot write to $file"
    over=yes over_mode=$bits
    choose_user
  elif [ -e "./$base" ] || [ -h "./$base" ]; then
    fail "not a folder: $file"
  fi
else
  [ ! -d "./$base" ] || fail "$file is a folder"
fi
at=$id
text=$folder
! is_closed "$uid" "$bits" || closed=yes
if [ -z "$tree" ] && [ -f "./$base" ] && [ ! -h "./$base" ]; then
  if [ -n "$closed" ]; then
    compare "./$base" any
  elif [ "$me" -ne 0 ] && [ ! -w . ] && [ -z "$owner$mode$time" ]; then
    compare "./$base" any
  fi
fi

enter_private ".$(printf %.200s "$base").$(printf %.16s "$sum")"
if ! ours; then
  rm -rf copy.part
fi
exec 9>>copy.part || fail "cannot write to $folder"
if command -v flock >/dev/null && ! flock -n 9; then
  sleep 2 # a copy that was killed with its agent releases the lock soon
  flock -n 9 || fail "another copy to $file is running"
fi
ours || fail "another copy to $file has just ended"
trap leave EXIT
rm -rf copy.held copy.tree copy.times
if [ -z "$closed" ]; then
  # A copy instead of a move is not atomic.
  case $(mv --help 2>&1) in *--no-copy*) no_copy=--no-copy ;; esac
  : >copy.held && mv -f -T copy.held copy.tree 2>/dev/null && rm -f copy.tree ||
    fail "other users can change $folder, and mv on this host has no -T"
  if [ -z "$tree" ] && hold; then
    [ -h copy.held ] || [ ! -f copy.held ] || compare copy.held 2
    rm -f copy.held
  elif [ "$me" -ne 0 ] && [ -z "$tree" ] && [ -f "../$base" ] && [ ! -h "../$base" ]; then
    # Not every user may link files of other users.
    compare "../$base" 0
  fi
fi
have=$(length copy.part)
if [ "$have" -gt "$size" ]; then
  : >copy.part
  have=0
fi
echo "from $have"
cat >&9 || fail "cannot write to $folder"
have=$(length copy.part)
[ "$have" -ge "$size" ] || fail "$have of $size bytes received: repeat the copy to continue"
if [ "$(digest copy.part)" != "$sum" ]; then
  rm -f copy.part
  fail "checksum differs: the file may have changed during the copy"
fi
if [ -n "$tree" ]; then
  unpack
  if [ -n "$over" ]; then
    lay_over
    sync
  else
    sync
    place_tree
  fi
  whole=yes
else
  [ -z "$old_owner" ] || chown "$old_owner" copy.part 2>/dev/null
  chmod "$new_mode" copy.part || fail "cannot change the mode of $file"
  finish copy.part
  sync copy.part 2>/dev/null || sync
  place copy.part || fail "cannot replace $file"
fi
sync .. 2>/dev/null
echo copied
`;
