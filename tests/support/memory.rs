//! Memory that this test program has been handed out, counted where that happens.

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicUsize, Ordering};

static USED: AtomicUsize = AtomicUsize::new(0);
static MOST: AtomicUsize = AtomicUsize::new(0);

/// The system's allocator, which counts what it gave and did not get back.
struct Counting;

// SAFETY: everything is left to the system's allocator, whose rules are the same.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let used = USED.fetch_add(layout.size(), Ordering::Relaxed) + layout.size();
        MOST.fetch_max(used, Ordering::Relaxed);
        // SAFETY: the caller keeps the rules.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        USED.fetch_sub(layout.size(), Ordering::Relaxed);
        // SAFETY: the caller keeps the rules.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// From a moment on.
pub struct Since(usize);

impl Since {
    /// From now on.
    pub fn now() -> Self {
        let used = USED.load(Ordering::Relaxed);
        MOST.store(used, Ordering::Relaxed);
        Self(used)
    }

    /// Bytes that were in use at once, at most, beyond those at the beginning.
    pub fn most(&self) -> usize {
        MOST.load(Ordering::Relaxed).saturating_sub(self.0)
    }

    /// Bytes that are in use beyond those at the beginning.
    pub fn used(&self) -> usize {
        USED.load(Ordering::Relaxed).saturating_sub(self.0)
    }
}
