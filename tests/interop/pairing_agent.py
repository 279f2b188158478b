# SPDX-License-Identifier: GPL-2.0-or-later
# SPDX-FileCopyrightText: 2026 the l2server and l2client authors
"""pairing_agent.py yes|no|nobody: bluetoothd's agent, for a machine with a display and two
keys, yes and no. It answers so and prints a line for each question. With "nobody" it is no
agent. Before it says "ready" the adapter is up, pairable unless there is nobody, and can be
found, which makes it connectable, too."""
import sys
import time

import dbus
import dbus.mainloop.glib
import dbus.service
from gi.repository import GLib

ANSWER = sys.argv[1]
ADAPTER = "/org/bluez/hci0"
AGENT = "/agent"


class Rejected(dbus.DBusException):
    _dbus_error_name = "org.bluez.Error.Rejected"


class Agent(dbus.service.Object):
    def answer(self, question):
        print(f"{question}: {ANSWER}", flush=True)
        if ANSWER != "yes":
            raise Rejected("no")

    @dbus.service.method("org.bluez.Agent1", in_signature="ou", out_signature="")
    def RequestConfirmation(self, device, passkey):
        self.answer("numbers are the same?")

    @dbus.service.method("org.bluez.Agent1", in_signature="o", out_signature="")
    def RequestAuthorization(self, device):
        self.answer("may it pair?")

    @dbus.service.method("org.bluez.Agent1", in_signature="", out_signature="")
    def Cancel(self):
        print("cancelled", flush=True)

    @dbus.service.method("org.bluez.Agent1", in_signature="", out_signature="")
    def Release(self):
        print("released", flush=True)


def adapter_property(name):
    return bus.call_blocking("org.bluez", ADAPTER, "org.freedesktop.DBus.Properties", "Get",
                             "ss", ("org.bluez.Adapter1", name))


def set_adapter(name, value):
    bus.call_blocking("org.bluez", ADAPTER, "org.freedesktop.DBus.Properties", "Set", "ssv",
                      ("org.bluez.Adapter1", name, value))
    while adapter_property(name) != value:
        time.sleep(0.05)


def is_up():
    try:
        return adapter_property("Powered")
    except dbus.DBusException:  # bluetoothd, or its adapter, is not there yet
        return False


dbus.mainloop.glib.DBusGMainLoop(set_as_default=True)
bus = dbus.SystemBus()
while not is_up():
    time.sleep(0.1)
if ANSWER != "nobody":
    agent = Agent(bus, AGENT)
    manager = dbus.Interface(bus.get_object("org.bluez", "/org/bluez"),
                             "org.bluez.AgentManager1")
    manager.RegisterAgent(AGENT, "DisplayYesNo")
    manager.RequestDefaultAgent(AGENT)
    set_adapter("Pairable", dbus.Boolean(True))
set_adapter("DiscoverableTimeout", dbus.UInt32(0))
set_adapter("Discoverable", dbus.Boolean(True))
print("ready", flush=True)
GLib.MainLoop().run()
