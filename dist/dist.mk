# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#
# What is given to others: completions, the tarball, Debian's package. Included by the top
# Makefile.

# Kept in dist/completions, so that installing runs nothing that was built.
completions: all
	@for program in l2server l2client; do for shell in bash zsh fish; do \
		dist/completions/generate $(BUILD)/$$program $$shell \
			>dist/completions/$$program.$$shell || exit; \
	done; done

# The last commit, the same byte for byte wherever and whenever it is packed.
archive := l2cap-tools-$(VERSION)
dist:
	@mkdir -p $(BUILD)
	@git archive --prefix=$(archive)/ HEAD | gzip -9n >$(BUILD)/$(archive).tar.gz
	@echo $(BUILD)/$(archive).tar.gz

# Its source and binary package in $(BUILD)/deb, looked at by lintian, which is to say nothing.
deb: dist
	$(again) deps FOR='build check deb'
	@rm -rf $(BUILD)/deb && mkdir $(BUILD)/deb
	@cp $(BUILD)/$(archive).tar.gz $(BUILD)/deb/l2cap-tools_$(VERSION).orig.tar.gz
	@tar -C $(BUILD)/deb -xf $(BUILD)/$(archive).tar.gz
	@cp -r $(BUILD)/deb/$(archive)/dist/debian $(BUILD)/deb/$(archive)/debian
	@sed -i '1s/(.*-/($(VERSION)-/' $(BUILD)/deb/$(archive)/debian/changelog
	@cd $(BUILD)/deb/$(archive) && dpkg-buildpackage -us -uc >../build.log 2>&1 || \
		{ tail -n 40 ../build.log; exit 1; }
# The standards version is the one that Debian 12's lintian knows.
	@cd $(BUILD)/deb && lintian --allow-root --pedantic --display-info \
		--suppress-tags out-of-date-standards-version \
		--fail-on error,warning,info,pedantic *.changes
	@ls $(BUILD)/deb/*.deb

.PHONY: completions dist deb
