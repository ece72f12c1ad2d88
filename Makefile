# pagetrail - make: build; make check: all tests; make demo: see it work; make help: the rest.

BUILD   ?= build
PREFIX  ?= /usr/local
LIBDIR  ?= $(PREFIX)/lib/pagetrail
CFLAGS  ?= -O2 -g
WERROR  ?=

PACKAGES := jansson libdw libelf libzstd
WARN := -Wall -Wextra -Wshadow -Wundef -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wwrite-strings \
	-Wformat=2 -Wvla -Wimplicit-fallthrough -Wpointer-arith -Wcast-qual $(WERROR)
VERSION := $(shell git describe --always --dirty 2>/dev/null || echo 0.1)
BASE := -std=gnu11 -D_GNU_SOURCE $(WARN) $(CFLAGS) $(EXTRA)

# The shim runs inside other people's programs: no vector registers, no builtins that become calls, nothing exported by accident.
SHIM_FLAGS := $(BASE) -fPIC -fvisibility=hidden -ffreestanding -fno-builtin -mgeneral-regs-only -fno-stack-protector \
	-fno-tree-loop-distribute-patterns -ftls-model=initial-exec -fexceptions -fasynchronous-unwind-tables \
	-fno-optimize-sibling-calls -U_FORTIFY_SOURCE
TOOL_FLAGS := $(BASE) -DPAGETRAIL_VERSION='"$(VERSION)"' -DPAGETRAIL_LIBDIR='"$(LIBDIR)"' \
	$(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
TOOL_LIBS := $(shell pkg-config --libs $(PACKAGES) 2>/dev/null)

ABI_SRC  := $(wildcard preload/abi/*.c)
SHIM_SRC := $(wildcard preload/*.c preload/*.S)
VM_SRC   := $(wildcard collector/vm/*.c)
UTIL_SRC := $(wildcard collector/util/*.c)
TOOL_SRC := $(filter-out collector/main.c,$(wildcard collector/*.c)) \
	$(wildcard collector/log/*.c collector/sym/*.c collector/report/*.c collector/live/*.c)

obj = $(patsubst %,$(BUILD)/$(1)/%.o,$(2))
SHIM_OBJ := $(call obj,shim,$(SHIM_SRC) $(ABI_SRC))
PURE_OBJ := $(call obj,tool,$(VM_SRC) $(UTIL_SRC) preload/abi/call.c)
TOOL_OBJ := $(call obj,tool,$(TOOL_SRC))
MAIN_OBJ := $(call obj,tool,collector/main.c)

.PHONY: all
all: $(BUILD)/pagetrail $(BUILD)/libpagetrail.so

$(BUILD)/libpagetrail.so: $(SHIM_OBJ) preload/exports.map
	$(CC) -shared -o $@ $(SHIM_OBJ) -Wl,--version-script=preload/exports.map -Wl,-z,defs -Wl,-z,now -Wl,-z,relro \
		-Wl,-z,initfirst -Wl,-z,nodelete -Wl,--build-id $(LDFLAGS)

$(BUILD)/pagetrail: $(MAIN_OBJ) $(TOOL_OBJ) $(PURE_OBJ)
	$(CC) -o $@ $^ $(LDFLAGS) $(TOOL_LIBS)

$(BUILD)/shim/%.o: % | deps
	@mkdir -p $(@D)
	$(CC) $(SHIM_FLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/tool/%.o: % | deps
	@mkdir -p $(@D)
	$(CC) $(TOOL_FLAGS) -MMD -MP -c -o $@ $<

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- what the build needs; installs what is missing, or names the command ----
.PHONY: deps
deps:
	@scripts/deps.sh build

# ---- tests ----
# tests/unit/vm links the pure code only: the link line is the proof that the model does no I/O.
CMOCKA := $(shell pkg-config --cflags --libs cmocka 2>/dev/null)
unit = $(patsubst tests/unit/$(1)/%.c,$(BUILD)/unit/$(1)/%,$(wildcard tests/unit/$(1)/t_*.c))
UNITS := $(foreach room,vm abi preload collector,$(call unit,$(room)))

$(BUILD)/unit/vm/%: tests/unit/vm/%.c $(PURE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(PURE_OBJ) $(CMOCKA)
$(BUILD)/unit/collector/%: tests/unit/collector/%.c $(TOOL_OBJ) $(PURE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(TOOL_FLAGS) -MMD -MP -o $@ $< $(TOOL_OBJ) $(PURE_OBJ) $(CMOCKA) $(TOOL_LIBS)
# Shim code under test runs linked into the test, without the constructor and the exported wrappers.
SHIM_PARTS := $(filter-out %/shim.c.o %/special.c.o %/process.c.o %/life.c.o,$(SHIM_OBJ))
$(BUILD)/unit/preload/%: tests/unit/preload/%.c $(SHIM_PARTS)
	@mkdir -p $(@D)
	$(CC) $(BASE) -fno-omit-frame-pointer -MMD -MP -o $@ $< $(SHIM_PARTS) $(CMOCKA) -lunwind
$(BUILD)/unit/abi/%: tests/unit/abi/%.c $(call obj,shim,$(ABI_SRC))
	@mkdir -p $(@D)
	$(CC) $(BASE) -MMD -MP -o $@ $< $(call obj,shim,$(ABI_SRC)) $(CMOCKA)

.PHONY: check-unit
check-unit: $(UNITS)
	@for t in $(UNITS); do echo "== $$t"; timeout 60 $$t || exit 1; done

.PHONY: clean
clean:
	rm -rf $(BUILD)
