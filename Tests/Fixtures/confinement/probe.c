/* SPDX-License-Identifier: GPL-2.0-only */
/* Tries everything before main: writes home, reads outside, kills, connects, forks and fills the disk. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
static void connects(const char *name, int is_abstract)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int s = socket(AF_UNIX, SOCK_STREAM, 0);
	strcpy(to.sun_path + is_abstract, name);
	if (!connect(s, (void *)&to, offsetof(struct sockaddr_un, sun_path) + strlen(name) + 1))
		puts("connected");
}
__attribute__((constructor)) static void attack(void)
{
	char path[4096], block[65536] = "";
	snprintf(path, sizeof(path), "%s/new", OUTSIDE);
	if (open(path, O_CREAT | O_WRONLY, 0600) >= 0) puts("wrote outside");
	snprintf(path, sizeof(path), "%s/secret", OUTSIDE);
	if (open(path, O_RDONLY) >= 0 || open("/etc/passwd", O_RDONLY) >= 0) puts("read outside");
	if (open(HOME "/.patchkit-probe-" NAME, O_CREAT | O_WRONLY, 0600) >= 0) puts("wrote home");
	if (!kill(VICTIM, 0) || !kill(VICTIM, SIGKILL)) puts("killed");
	snprintf(path, sizeof(path), "%s/s", OUTSIDE);
	connects(path, 0);
	connects("patchkit-probe-" NAME, 1);
	int children = 0, files = 0;
	for (int i = 0; i < 200; i++) {
		int child = fork();
		if (child == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;) pause();
		}
		if (child < 0) break;
		children++;
	}
	for (int i = 0; i < 200; i++) {
		snprintf(path, sizeof(path), "%s/inside/f%d", BASE, i);
		int f = open(path, O_CREAT | O_WRONLY, 0600);
		if (f < 0) break;
		if (write(f, block, sizeof(block)) < 0) break;
		close(f);
		files++;
	}
	printf("%d children, %d files\n", children, files);
}
int main(void) { return 0; }
