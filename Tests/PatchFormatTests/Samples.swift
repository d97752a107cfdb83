// SPDX-License-Identifier: GPL-2.0-only

/// Patches in every form that is read, written for these tests.
enum Samples {
  static let git = """
    fs: count the readers

    Signed-off-by: A Writer <a@example.org>
    ---
     fs/a.c | 3 ++-
     1 file changed, 2 insertions(+), 1 deletion(-)

    diff --git a/fs/a.c b/fs/a.c
    index 1234567..89abcde 100644
    --- a/fs/a.c
    +++ b/fs/a.c
    @@ -1,3 +1,4 @@ int first(void)
     one
    -two
    +two and
    +a half
     three
    --\u{20}
    2.39.5

    """
  static let plain = """
    Index: linux/fs/a.c
    ===================================================================
    --- linux.orig/fs/a.c\t2011-02-12 08:12:18.000000000 -0500
    +++ linux/fs/a.c\t2011-02-12 08:13:00.000000000 -0500
    @@ -1 +1 @@
    -old
    +new

    """
  static let created = """
    diff --git a/new file.c b/new file.c
    new file mode 100755
    index 0000000..1234567
    --- /dev/null
    +++ b/new file.c\t
    @@ -0,0 +1,2 @@
    +one
    +two
    \\ No newline at end of file

    """
  static let deleted = """
    diff --git a/gone.c b/gone.c
    deleted file mode 100644
    index 1234567..0000000
    --- a/gone.c
    +++ /dev/null
    @@ -1 +0,0 @@
    -one

    """
  static let renamed = """
    diff --git a/old name.c b/dir/new name.c
    similarity index 87%
    rename from old name.c
    rename to dir/new name.c
    index 1234567..7654321 100644
    --- a/old name.c\t
    +++ b/dir/new name.c\t
    @@ -1,3 +1,3 @@
     a
    -b
    +B
     c
    diff --git a/x b/y
    similarity index 100%
    copy from x
    copy to y
    diff --git a/script b/script
    old mode 100644
    new mode 100755

    """
  static let quoted = """
    diff --git "a/caf\\303\\251 \\"x\\".c" "b/caf\\303\\251 \\"x\\".c"
    index 1111111..2222222 100644
    --- "a/caf\\303\\251 \\"x\\".c"
    +++ "b/caf\\303\\251 \\"x\\".c"
    @@ -1 +1 @@
    -a
    +b

    """
  static let mailbox = """
    From 0123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
    From: =?ISO-8859-1?Q?J=F6rn_Example?= <joern@example.org>
    Date: Mon, 7 Feb 2011 10:20:30 -0500
    Subject: [PATCH v2 0/2] a series about things
    MIME-Version: 1.0

    This letter has no diff.

    From 1123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
    From: =?ISO-8859-1?Q?J=F6rn_Example?= <joern@example.org>
    Date: Mon, 7 Feb 2011 10:20:31 -0500
    Subject: [PATCH v2 1/2] fs: make =?UTF-8?Q?caf=C3=A9?= work
     over two lines

    commit 89abcdef0123456789abcdef0123456789abcdef upstream.

    Some text.

    Fixes: 372a03e01853 ("ext4: test")
    Cc: <stable@vger.kernel.org> # 5.4.x
    Signed-off-by: Someone <s@example.org>
    [ maintainer: adjusted the context ]
    Signed-off-by: Other <o@example.org>
    ---
     a.c | 2 +-

    diff --git a/a.c b/a.c
    index 1234567..89abcde 100644
    --- a/a.c
    +++ b/a.c
    @@ -1,2 +1,2 @@
    -one
    +eins
     two
    --\u{20}
    2.30.2


    From 2123456789abcdef0123456789abcdef01234567 Mon Sep 17 00:00:00 2001
    From: Relay <relay@example.org>
    Date: Mon, 7 Feb 2011 10:20:32 -0500
    Subject: [PATCH v2 2/2] fs: second
    Content-Type: text/plain; charset="utf-8"
    Content-Transfer-Encoding: quoted-printable

    From: Real Author <real@example.org>

    Text with =3D and a long line that runs on and on and =
    is broken.

    Signed-off-by: Real Author <real@example.org>
    ---
    diff --git a/b.c b/b.c
    index 1234567..89abcde 100644
    --- a/b.c
    +++ b/b.c
    @@ -1,2 +1,2 @@
    -int a =3D 1;
    +int a =3D 2;
     caf=C3=A9

    """
  static let dep3 = """
    Description: make it build
     on more machines
     .
     A second paragraph.
    Author: Debian Writer <d@example.org>
    Origin: upstream, https://git.kernel.org/linus/0123456789abcdef0123456789abcdef01234567
    Bug-Debian: https://bugs.debian.org/1
    Forwarded: not-needed
    Reviewed-by: Other Writer <o@example.org>
    ---
    This header follows DEP-3.
    --- a/Makefile
    +++ b/Makefile
    @@ -1 +1 @@
    -a
    +b

    """
  static let suse = """
    From: Kernel Writer <k@example.org>
    Date: Tue, 8 Feb 2011 09:00:00 +0100
    Subject: [PATCH] ext4: a fix
    Git-commit: e9e3bcecf44c04b9e6b505fd8e2eb9cea58fb94d
    Patch-mainline: v2.6.38-rc5
    References: bsc#1

    The text.

    Acked-by: SUSE Writer <s@example.org>
    ---
    --- a/fs/x.c
    +++ b/fs/x.c
    @@ -1 +1 @@
    -a
    +b

    """
  static let binary = """
    diff --git a/logo.bin b/logo.bin
    new file mode 100644
    index 0000000000000000000000000000000000000000..f76dd238ade08917e6712764a16a22005a50573d
    GIT binary patch
    literal 1
    IcmZPo000310RR91

    literal 0
    HcmV?d00001


    """
  static let multipart = """
    From nobody Mon Feb  7 10:20:30 2011
    From: Someone <s@example.org>
    Date: Mon, 7 Feb 2011 10:20:30 +0000
    Subject: Re: [PATCH] with an attachment
    Content-Type: multipart/mixed; boundary="=-frontier"

    This is what old readers show.
    --=-frontier
    Content-Type: text/plain; charset=ISO-8859-15

    The text of the mail.
    --=-frontier
    Content-Type: text/x-patch; name="a.patch"
    Content-Transfer-Encoding: base64
    Content-Disposition: attachment; filename="a.patch"

    ZGlmZiAtLWdpdCBhL2EuYyBiL2EuYwotLS0gYS9hLmMKKysrIGIvYS5jCkBAIC0xLDIgKzEs
    MiBAQAotb25lCitlaW5zCiB0d28K
    --=-frontier--

    """
  static let combined = """
    diff --cc fs/a.c
    index 1111111,2222222..3333333
    --- a/fs/a.c
    +++ b/fs/a.c
    @@@ -1,2 -1,2 +1,3 @@@
      one
     +two
    + three

    """
  static let context = """
    *** a/x.c\t2011-02-12
    --- b/x.c\t2011-02-12
    ***************
    *** 1,2 ****
      one
    ! two
    --- 1,2 ----
      one
    ! zwei

    """

  static let all: [String: String] = [
    "git": git, "plain": plain, "created": created, "deleted": deleted, "renamed": renamed,
    "quoted": quoted, "mailbox": mailbox, "dep3": dep3, "suse": suse, "binary": binary,
    "multipart": multipart, "combined": combined, "context": context,
  ]
}
