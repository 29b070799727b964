/**
 * The shell script that receives a file on a host. Script, size and digest of the file are part of
 * the signed request, so the agent needs no right to write files and nobody on the way can change
 * what arrives.
 * @module
 */

/** The file, and what is to become of it. */
export interface CopyPlan {
  /** Its name, for when `dest` is a folder. */
  readonly name: string;
  /** How many bytes it has. */
  readonly size: number;
  /** Their SHA-256 in hex. */
  readonly sha256: string;
  /** The absolute path of a file or a folder on the host; a folder if it ends in `/`. */
  readonly dest: string;
  /** The mode of a new file, in octal. */
  readonly newMode: string;
  /** The mode that it is to have in any case. */
  readonly mode?: string | undefined;
  /** Whom it is to belong to: `user`, `user:group` or `:group`. */
  readonly owner?: string | undefined;
  /** When it was changed, in Unix milliseconds. */
  readonly modifiedMs?: number | undefined;
  /** It is the archive of a folder, which is to be unpacked: the modes are in there. */
  readonly isFolder?: boolean | undefined;
}

/**
 * The command that copies. It prints one line that says what is on the host already: `unchanged`, or
 * `from N` when it is about to read the file from its byte N on. In the end it prints `copied`.
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

/** As touch(1) takes it, in UTC: `YYYYMMDDhhmm.ss`. */
function touchTime(unixMs: number): string {
  const digits = new Date(unixMs).toISOString().replace(/\D/g, "");
  return `${digits.slice(0, 12)}.${digits.slice(12, 14)}`;
}

/**
 * The bytes go into a file of another name beside the destination, which is there again should the
 * copy be broken off; only a file of the user's own, that nobody else could have put there, is gone
 * on with. It takes the destination's name once its digest is right and it is on disk. `sha256sum`
 * comes last because others are several times as fast. An archive is unpacked into a folder beside the
 * destination, and that is renamed, or what is in it laid over the folder that is there.
 */
const SCRIPT = `set -u
umask 077
export LC_ALL=C
dest=$1 name=$2 size=$3 sum=$4 new_mode=$5 mode=$6 owner=$7 time=$8 tree=$9 old_owner=

fail() {
  printf '%s\\n' "$1" >&2
  exit 1
}
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
  [ -z "$owner" ] || chown -- "$owner" "$1" || fail "cannot give $file to $owner"
  [ -z "$mode" ] || chmod "$mode" "$1" || fail "cannot change the mode of $file"
  [ -z "$time" ] || TZ=UTC0 touch -t "$time" "$1" || fail "cannot set the time of $file"
}
unpack() { # into a folder that nobody else can get into, and then to where it belongs
  rm -rf -- "$new"
  mkdir -- "$new" || fail "cannot write to $folder"
  keep_time=m
  [ -z "$time" ] || keep_time=
  tar "-xpo\${keep_time}f" "$part" -C "$new" || fail "cannot unpack in $folder"
  [ -z "$owner" ] || chown -Rh -- "$owner" "$new" || fail "cannot give $file to $owner"
  if [ -d "$file" ]; then
    # What is there stays whose it is, and as readable.
    old_owner=$(stat -c %u:%g "$file" 2>/dev/null)
    old_mode=$(stat -c %a "$file" 2>/dev/null)
    keep_owner=
    [ -n "$owner" ] || keep_owner=o
    tar -cf - -C "$new" . | tar "-xp\${keep_owner}f" - -C "\$file" || fail "cannot write to $file"
    [ -z "$old_owner" ] || chown "$old_owner" "$file" 2>/dev/null
    [ -z "$old_mode" ] || chmod "$old_mode" "$file"
    rm -rf -- "$new"
    sync
  else
    sync
    mv -- "$new" "$file" || fail "cannot make $file"
  fi
  rm -f -- "$part"
}
ours() { # a plain file, the user's own, and known by no other name
  [ -n "$(find "$part" -prune -type f -links 1 -user "$(id -u)" 2>/dev/null)" ]
}

if [ -d "$dest" ]; then
  file=\${dest%/}/$name
else
  case $dest in */) fail "there is no folder $dest" ;; esac
  file=$dest
fi
folder=\${file%/*}
[ -d "$folder/" ] || fail "there is no folder $folder"
if [ -n "$tree" ]; then
  [ -d "$file" ] || { [ ! -e "$file" ] && [ ! -h "$file" ]; } || fail "$file is no folder"
else
  [ ! -d "$file" ] || fail "$file is a folder"
fi
if [ -z "$tree" ] && [ -f "$file" ] && [ ! -h "$file" ]; then
  if [ "$(length "$file")" -eq "$size" ] && [ "$(digest "$file")" = "$sum" ]; then
    finish "$file"
    echo unchanged
    exit 0
  fi
  # It goes on to be whose it was, and as readable, but new content is no setuid program.
  old_owner=$(stat -c %u:%g "$file" 2>/dev/null)
  old_mode=$(stat -c %a "$file" 2>/dev/null) && new_mode=\${old_mode#"\${old_mode%???}"}
fi

part=$folder/.\${file##*/}.$(printf %.16s "$sum").part
if ! ours; then
  rm -f -- "$part"
  (set -C && : >"$part") || fail "cannot write to $folder"
fi
exec 9>>"$part" || fail "cannot write to $folder"
if command -v flock >/dev/null && ! flock -n 9; then
  sleep 2 # whoever was ended with its agent is about to let go
  flock -n 9 || fail "somebody else copies the same to $file"
fi
ours || fail "somebody else has just copied the same to $file"
have=$(length "$part")
if [ "$have" -gt "$size" ]; then
  : >"$part"
  have=0
fi
echo "from $have"
cat >&9 || fail "cannot write to $part"
have=$(length "$part")
[ "$have" -ge "$size" ] || fail "$have of $size bytes have come; again will go on from there"
if [ "$(digest "$part")" != "$sum" ]; then
  rm -f -- "$part"
  fail "what has come is not what was sent: was the file changed meanwhile?"
fi
if [ -n "$tree" ]; then
  new=$part.new
  trap 'rm -rf -- "$new"' EXIT
  unpack
  sync "$folder" 2>/dev/null
  echo copied
  exit 0
fi
[ -z "$old_owner" ] || chown "$old_owner" "$part" 2>/dev/null
chmod "$new_mode" "$part" || fail "cannot change the mode of $part"
finish "$part"
sync "$part" 2>/dev/null || sync
mv -f -- "$part" "$file" || fail "cannot replace $file"
sync "$folder" 2>/dev/null
echo copied
`;
