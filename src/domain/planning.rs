//! What capacity does a centre need? People come evenly over the session and wait for the next free vaccinator.
//!
//! As long as the vaccinators keep up, this is the queue M/M/c: the chance to wait is Erlang's C formula (A. K. Erlang, 1917; Gross and
//! Harris, *Fundamentals of Queueing Theory*, chapter 2), the mean wait is C / (cμ − λ). Where they do not keep up there is no steady
//! state: then people are counted like water (a fluid model), the line grows by λ − cμ until the session ends and is worked off after.

/// How long everybody is watched after the dose, in minutes.
pub const OBSERVATION: f64 = 30.0;

/// What a day is planned with.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plan {
    /// People with a token.
    pub people: u32,
    /// How long they come, in minutes.
    pub minutes: u32,
    /// Minutes a vaccinator takes for one.
    pub pace: f64,
    /// Of a hundred who have a token, so many do not come.
    pub no_show: u32,
}

/// What is to be expected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Expected {
    /// Vaccinators.
    pub vaccinators: u32,
    /// How busy they are, in percent; over a hundred they do not keep up.
    pub busy: f64,
    /// The mean wait for the dose, in minutes.
    pub wait: f64,
    /// The wait of the last ones, in minutes.
    pub last_wait: f64,
    /// Most people in the hall at a time, with those who are watched.
    pub in_hall: f64,
    /// When the last one may leave, in minutes after the session's beginning.
    pub finish: f64,
}

/// The chance that all of `servers` are taken, at an offered load of `load` servers (below `servers`): Erlang's C.
pub fn erlang_c(servers: u32, load: f64) -> f64 {
    // Erlang's B by its recursion, which neither overflows nor cancels; then C from B.
    let blocked = (1..=servers).fold(1.0, |blocked, n| load * blocked / (f64::from(n) + load * blocked));
    let servers = f64::from(servers);
    servers * blocked / (servers - load * (1.0 - blocked))
}

impl Plan {
    /// What is to be expected with so many vaccinators.
    pub fn with(&self, vaccinators: u32) -> Expected {
        let minutes = f64::from(self.minutes.max(1));
        let coming = f64::from(self.people) * f64::from(100 - self.no_show.min(100)) / 100.0;
        let (arrivals, servers) = (coming / minutes, f64::from(vaccinators));
        let (load, served) = (arrivals * self.pace, servers / self.pace);
        let busy = load / servers * 100.0;
        let watched = arrivals.min(served) * OBSERVATION;
        if load < servers {
            let wait = erlang_c(vaccinators, load) / (served - arrivals);
            // Close to full load the steady state is never reached: within the session nobody waits longer than the line can grow.
            let wait = wait.min(minutes);
            let in_hall = arrivals * wait + load + watched;
            return Expected { vaccinators, busy, wait, last_wait: wait, in_hall, finish: minutes + wait + self.pace + OBSERVATION };
        }
        let line = (arrivals - served) * minutes;
        let last_wait = line / served;
        let in_hall = line + servers + watched;
        Expected { vaccinators, busy, wait: last_wait / 2.0, last_wait, in_hall, finish: minutes + last_wait + self.pace + OBSERVATION }
    }

    /// The fewest vaccinators who keep up, and with whom the mean wait is at most so many minutes.
    pub fn fewest(&self, wait: f64, most: u32) -> Option<u32> {
        (1..=most).find(|vaccinators| {
            let expected = self.with(*vaccinators);
            expected.busy < 100.0 && expected.wait <= wait
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-9
    }

    #[test]
    fn erlangs_formula_gives_the_textbooks_values() {
        // M/M/1: the chance to wait is the load. M/M/2 at load 1: 1/3. M/M/3 at load 2: 4/9.
        assert!(close(erlang_c(1, 0.7), 0.7) && close(erlang_c(2, 1.0), 1.0 / 3.0) && close(erlang_c(3, 2.0), 4.0 / 9.0));
    }

    #[test]
    fn one_vaccinator_is_the_queue_m_m_1() {
        // 60 people in 300 minutes at 4 minutes each: load 0.8, and a wait of 0.8 / (0.25 - 0.2) = 16 minutes.
        let expected = Plan { people: 60, minutes: 300, pace: 4.0, no_show: 0 }.with(1);
        assert!(close(expected.busy, 80.0) && close(expected.wait, 16.0), "{expected:?}");
        assert!(close(expected.in_hall, 0.2 * 16.0 + 0.8 + 6.0) && close(expected.finish, 350.0));
    }

    #[test]
    fn whoever_does_not_keep_up_works_after_hours() {
        // Two a minute for an hour, one a minute served: 60 are left at the end, and the last waits an hour.
        let plan = Plan { people: 150, minutes: 60, pace: 2.0, no_show: 20 };
        let expected = plan.with(2);
        assert!(close(expected.busy, 200.0) && close(expected.last_wait, 60.0) && close(expected.wait, 30.0), "{expected:?}");
        assert!(close(expected.finish, 60.0 + 60.0 + 2.0 + 30.0));
        assert_eq!(plan.fewest(5.0, 20), Some(5));
        assert_eq!(plan.fewest(5.0, 3), None);
    }
}
