btmgmt --index 0 le on; btmgmt --index 0 advertising connectable; echo "rc $?"; btmgmt --index 0 info; hciconfig hci0 down; hciconfig hci0 up;  btmgmt --index 0 info
script -qc 'btmgmt --index 0 info' /dev/null
