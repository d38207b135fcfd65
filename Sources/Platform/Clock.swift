internal import CSystem
internal import Glibc

/// The only reader of time: everything below takes it as an argument.
package enum Clock {
    /// Seconds since an arbitrary start, never going back.
    package static func monotonicSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

    /// Nanoseconds of processor time that the current thread has taken; others' work does not count.
    package static func threadNanoseconds() -> UInt64 {
        var now = timespec()
        unsafe _ = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
        return UInt64(now.tv_sec) &* 1_000_000_000 &+ UInt64(now.tv_nsec)
    }

    /// Whole seconds since 1970.
    package static func unixSeconds() -> Int64 { Int64(seconds(CLOCK_REALTIME)) }

    /// The local time in `strftime` notation; empty when the result is longer than 255 bytes.
    package static func localTime(_ format: String) -> String { text(format, at: unixSeconds(), universal: false) }

    /// "2026-11-21T22:51:42.123Z", for log lines.
    package static func timestamp() -> String {
        let now = seconds(CLOCK_REALTIME)
        let milliseconds = String(Int((now - now.rounded(.down)) * 1000))
        let padding = String(repeating: "0", count: max(0, 3 - milliseconds.utf8.count))
        return text("%Y-%m-%dT%H:%M:%S.", at: Int64(now), universal: true) + padding + milliseconds + "Z"
    }

    private static func text(_ format: String, at unixSeconds: Int64, universal: Bool) -> String {
        var buffer = [CChar](repeating: 0, count: 256)
        let length = unsafe sys_format_time(unixSeconds, universal ? 1 : 0, format, &buffer, buffer.count)
        return String(decoding: buffer.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static func seconds(_ clock: clockid_t) -> Double {
        var now = timespec()
        unsafe _ = clock_gettime(clock, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) * 1e-9
    }
}
