internal import CSystem

/// What this process does not leave behind, and how it ends when memory goes away below it.
package enum ProcessGuards {
    /// No core file, no debugger of another process of this user: memory holds keys and what users said.
    /// - Throws: `Errno` of the system call that failed.
    package static func forbidCoreDumps() throws(Errno) {
        let code = sys_forbid_core_dumps()
        guard code == 0 else { throw Errno(code: code, call: "prctl") }
    }

    /// From now on a page of a mapped file that is gone ends the process with this line and 70 instead of a signal.
    package static func explainBusErrors(_ line: String) { unsafe sys_explain_bus_errors(line) }
}
