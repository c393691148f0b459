#!/bin/sh
# Install and use skyedge as the README says, on a Debian that has nothing but Python with venv, make and git.
#
#   sudo tests/fresh_machine.sh [COMMIT]      # needs debootstrap; about 6 GB in a temporary folder, removed at the end
#
# Prints what each step took. Where pip needs files of this machine (a mirror, certificates), name their folders in
# SKYEDGE_BIND, separated by spaces: they appear, read-only, in the new machine; PIP_* variables are passed on.
set -eu

repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
commit=$(git -C "$repository" rev-parse "${1:-HEAD}")
machine=$(mktemp -d /var/tmp/skyedge-fresh-XXXXXX)
chmod 755 "$machine"

leave() {
    for folder in $(awk -v root="$machine/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r); do
        umount --lazy "$folder"  # a process that was killed may still hold it
    done
    rm -rf --one-file-system "$machine"
}
trap leave EXIT
trap 'exit 130' INT TERM

timed() {
    what=$1
    shift
    begin=$(date +%s)
    "$@"
    echo "$what: $(($(date +%s) - begin)) s"
}

inside() {
    chroot --userspec=user "$machine" /usr/bin/env -i HOME=/home/user PATH=/usr/bin:/bin LANG=C.UTF-8 \
        $(env | grep '^PIP_' || true) /bin/sh -euc "$1"
}

timed "bare machine" debootstrap --variant=minbase --include=python3,python3-venv,make,git,ca-certificates \
    bookworm "$machine" >"$machine.log" || { tail -n 5 "$machine.log"; exit 1; }
rm -f "$machine.log"
chroot "$machine" useradd --create-home user
mount -t proc proc "$machine/proc"
mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
cp /etc/resolv.conf /etc/hosts "$machine/etc/"
for folder in $repository ${SKYEDGE_BIND:-}; do
    mkdir -p "$machine$folder"
    mount --bind -o ro "$folder" "$machine$folder"
done

inside "python3 --version; git config --global safe.directory '*'; git config --global advice.detachedHead false"
inside "git clone --quiet $repository ~/skyedge && cd ~/skyedge && git checkout --quiet $commit"
timed "make install" inside "cd ~/skyedge && make install"
inside "cd ~/skyedge && .venv/bin/pip check"
for command in "'.venv/bin/python', '-c', '0'" "'.venv/bin/skyedge', '--help'" \
    "'.venv/bin/python', '-c', 'import problem'" "'.venv/bin/python', '-c', 'import solvers'" \
    "'.venv/bin/python', '-c', 'import rl'"; do
    echo "[$command]"
    inside "cd ~/skyedge && .venv/bin/python -m timeit -n 1 -r 5 -s 'import subprocess' \"subprocess.run([$command], check=True, stdout=-3)\""
done
timed "make benchmark" inside "cd ~/skyedge && make benchmark"
