//! `origin admin`: accounts, by hand.

use std::{
    io::{BufRead, Write},
    process::ExitCode,
};

use anyhow::{Context, ensure};
use clap::{Args, Subcommand, ValueEnum};
use secrecy::SecretString;
use shared::ids::{AccountId, ProfileId};
use sqlx::FromRow;

use crate::{
    accounts::{self, Passwords},
    app::{App, Clock},
    config::Config,
    profiles::{DEFAULT_LIMIT, KIDS_DEFAULT_LIMIT, NewProfile, default_avatar, insert},
};

const PASSWORD_LEAST: usize = 8;

/// What an operator does by hand.
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Make an account with two profiles: its own and one for kids
    CreateAccount(CreateAccount),
    /// Give an account another password, and end its sessions
    SetPassword(SetPassword),
    /// List the accounts
    ListAccounts,
}

#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  printf '%s\\n' \"$PASSWORD\" | origin admin create-account --username ada --display-name Ada --password-stdin"
)]
pub struct CreateAccount {
    #[arg(long)]
    username: String,
    #[arg(long)]
    display_name: String,
    #[arg(long, value_enum, default_value_t = RoleName::Viewer)]
    role: RoleName,
    /// Succeed without a change when the account exists already
    #[arg(long)]
    if_missing: bool,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
pub struct SetPassword {
    #[arg(long)]
    username: String,
    #[command(flatten)]
    password: PasswordSource,
}

#[derive(Debug, Args)]
struct PasswordSource {
    /// Read the password from the first line of standard input
    #[arg(long)]
    password_stdin: bool,
    /// The password, for scripts
    #[arg(
        long = "password",
        env = "ACCOUNT_PASSWORD",
        hide_env_values = true,
        hide = true
    )]
    from_environment: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum RoleName {
    Viewer,
    Admin,
}

/// Runs one command.
pub async fn run(command: AdminCommand) -> anyhow::Result<ExitCode> {
    let app = App::new(Config::from_env()?, Clock::system())?;
    match command {
        AdminCommand::CreateAccount(arguments) => create_account(&app, arguments).await?,
        AdminCommand::SetPassword(arguments) => set_password(&app, arguments).await?,
        AdminCommand::ListAccounts => list_accounts(&app).await?,
    }
    Ok(ExitCode::SUCCESS)
}

async fn create_account(app: &App, arguments: CreateAccount) -> anyhow::Result<()> {
    let username = arguments.username.trim().to_lowercase();
    let exists: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM accounts WHERE username = $1)")
            .bind(&username)
            .fetch_one(&app.db)
            .await?;
    if exists {
        ensure!(
            arguments.if_missing,
            "there is an account \"{username}\" already; choose another name, or set-password for a new password"
        );
        return Ok(());
    }
    let password_hash = Passwords::new(1).hash(arguments.password.read()?).await;
    let account = AccountId::from_uuid(app.new_id());
    let now = app.clock.now();
    let mut tx = app.begin().await?;
    sqlx::query("INSERT INTO accounts (account_id, username, display_name, role, password_hash, created_at) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(account)
        .bind(&username)
        .bind(&arguments.display_name)
        .bind(match arguments.role {
            RoleName::Viewer => "viewer",
            RoleName::Admin => "admin",
        })
        .bind(password_hash)
        .bind(now)
        .execute(&mut *tx)
        .await?;
    for (index, (name, is_kids)) in [(arguments.display_name.as_str(), false), ("Kids", true)]
        .into_iter()
        .enumerate()
    {
        let profile = NewProfile {
            id: ProfileId::from_uuid(app.new_id()),
            account,
            name: name.to_owned(),
            avatar_url: default_avatar(index),
            is_kids,
            maturity_limit: if is_kids {
                KIDS_DEFAULT_LIMIT
            } else {
                DEFAULT_LIMIT
            },
            pin_hash: None,
            // One after the other, so that the account's own profile comes first.
            created_at: now + chrono::Duration::milliseconds(i64::try_from(index).unwrap_or(0)),
        };
        insert(&mut tx, &profile).await?;
    }
    tx.commit().await?;
    Ok(())
}

async fn set_password(app: &App, arguments: SetPassword) -> anyhow::Result<()> {
    let username = arguments.username.trim().to_lowercase();
    let known = accounts::change_password(app, &username, arguments.password.read()?).await?;
    ensure!(
        known,
        "there is no account \"{username}\"; `origin admin list-accounts` names them"
    );
    Ok(())
}

#[derive(FromRow)]
struct AccountLine {
    username: String,
    display_name: String,
    role: String,
    profiles: i64,
}

async fn list_accounts(app: &App) -> anyhow::Result<()> {
    let lines: Vec<AccountLine> = sqlx::query_as(
        "SELECT username, display_name, role, (SELECT count(*) FROM profiles p WHERE p.account_id = a.account_id) AS profiles FROM accounts a ORDER BY username",
    )
    .fetch_all(&app.db)
    .await?;
    let mut out = std::io::stdout().lock();
    for line in lines {
        writeln!(
            out,
            "{:<24} {:<8} {:>2} profiles  {}",
            line.username, line.role, line.profiles, line.display_name
        )?;
    }
    Ok(())
}

impl PasswordSource {
    fn read(self) -> anyhow::Result<SecretString> {
        let text = match (self.password_stdin, self.from_environment) {
            (true, _) => {
                let mut line = String::new();
                std::io::stdin().lock().read_line(&mut line)?;
                line.trim_end_matches(['\r', '\n']).to_owned()
            }
            (false, password) => password.context(
                "say the password: --password-stdin, or ACCOUNT_PASSWORD in the environment",
            )?,
        };
        ensure!(
            text.chars().count() >= PASSWORD_LEAST,
            "the password is too short; choose at least {PASSWORD_LEAST} characters"
        );
        Ok(SecretString::from(text))
    }
}
