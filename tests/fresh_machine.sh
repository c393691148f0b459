#!/bin/sh
# Install and use skyedge as the README says, on a Debian that has nothing but Python with venv, make and git.
#
#   sudo tests/fresh_machine.sh [COMMIT]      # needs debootstrap; about 4 GB in a temporary folder, removed at the end
#
# Says what it does, and ends with a table of what each step took. Where pip needs files of this machine (a mirror,
# certificates), name their folders in SKYEDGE_BIND, separated by spaces: they appear, read-only, in the new machine;
# PIP_* variables are passed on. SKYEDGE_MIRROR names another mirror of Debian.
set -eu

refuse() {
    echo "$1" >&2
    exit 2
}
[ "$(id -u)" = 0 ] || refuse "a new machine can only be made by root: sudo $0"
command -v debootstrap >/dev/null || refuse "there is no debootstrap here: apt-get install debootstrap"

repository=$(git -C "$(dirname "$0")" rev-parse --show-toplevel)
commit=$(git -C "$repository" rev-parse --verify --quiet "${1:-HEAD}^{commit}") || refuse "there is no commit $1 here"
shared=$(cd "$repository" && cd "$(git rev-parse --git-common-dir)" && pwd)  # elsewhere, if this is a linked worktree
machine=$(mktemp -d /var/tmp/skyedge-fresh-XXXXXX)
chmod 755 "$machine"
what="beginning"
table=""

leave() {
    status=$?
    [ $status = 0 ] || echo "stopped in: $what" >&2
    for folder in $(awk -v root="$machine/" 'index($2, root) == 1 { print $2 }' /proc/mounts | sort -r); do
        umount --lazy "$folder"  # a process that was killed may still hold it
    done
    rm -rf --one-file-system "$machine"
    exit $status
}
trap leave EXIT
trap 'exit 130' INT TERM

step() {
    what=$1
    shift
    printf '\n== %s\n' "$what"
    begin=$(date +%s)
    "$@"
    seconds=$(($(date +%s) - begin))
    table="$table$(printf '| %-30s | %2d min %02d s |' "$what" $((seconds / 60)) $((seconds % 60)))
"
}

bare_machine() {
    debootstrap --variant=minbase --include=python3,python3-venv,make,git,ca-certificates \
        bookworm "$machine" ${SKYEDGE_MIRROR:-} >"$machine/debootstrap.out" || { tail -n 5 "$machine/debootstrap.out"; exit 1; }
    chroot "$machine" useradd --create-home user
    mount -t proc proc "$machine/proc"
    mount -t tmpfs -o mode=1777 tmpfs "$machine/dev/shm"
    cp /etc/resolv.conf /etc/hosts "$machine/etc/"
    for folder in "$repository" "$shared" ${SKYEDGE_BIND:-}; do
        mkdir -p "$machine$folder"
        mount --bind -o ro "$folder" "$machine$folder"
    done
}

inside() {  # as a user with an empty home, where that of the commands begins
    chroot --userspec=user "$machine" /usr/bin/env -i HOME=/home/user PATH=/usr/bin:/bin LANG=C.UTF-8 \
        /bin/sh -euc "$passed_on cd; $1"
}
passed_on=$(env | sed -n "s/^\(PIP_[A-Z_]*\)=\(.*\)/export \1='\2';/p")

clone() {
    inside "git config --global safe.directory '*'; git config --global advice.detachedHead false"
    inside "git clone --quiet '$repository' skyedge; cd skyedge; git checkout --quiet $commit"
}

step "debootstrap" bare_machine
inside "python3 --version; make --version | head -n 1; git --version; ls -A | grep -v '^\.\(bash\|profile\)' || true"
step "git clone" clone
step "make install" inside "cd skyedge; make install"
step "pip check" inside "cd skyedge; .venv/bin/pip check; du -sh .venv"
step "imports and --help" inside "cd skyedge; .venv/bin/pytest tests/speed/test_start_speed.py"
step "make benchmark" inside "cd skyedge; make benchmark"
step "git status" inside "cd skyedge; git status --short; test -z \"\$(git status --porcelain)\""

printf '\n%s on %s cores, skyedge at %s\n\n| step                           |        took |\n| --- | ---: |\n%s' \
    "$(inside "python3 --version")" "$(nproc)" "$(git -C "$repository" rev-parse --short "$commit")" "$table"
